package dev.fader.inspect.speed;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.plan.RunningMemory;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.DType;

/// What a test moves and computes, from the sizes of the model and the types of its weights.
///
/// @param config the model
/// @param layerBytes of the weights that one token passes, without the head
/// @param headBytes of the head
/// @param flopsPerToken of the matrix products in the layers
/// @param cacheType of keys and values
record ModelWork(
    ModelConfig config,
    double layerBytes,
    double headBytes,
    double flopsPerToken,
    DType cacheType) {

  static ModelWork of(Parameters parameters, DType cacheType) {
    var config = parameters.config();
    double bytes = 0;
    double elements = 0;
    for (var spec : parameters.specs()) {
      var tensor = parameters.get(spec).value();
      double used = ParameterCount.usedPart(config, spec.role());
      if (spec.role().inLayer()) {
        bytes += used * config.sharedLayers() * tensor.type().bytesFor(tensor.shape());
        elements += isMatrix(spec) ? used * config.sharedLayers() * tensor.elements() : 0;
      }
    }
    var head = parameters.head().value();
    return new ModelWork(
        config, bytes, head.type().bytesFor(head.shape()), 2 * elements, cacheType);
  }

  private static boolean isMatrix(ParameterSpec spec) {
    return spec.shape().rank() >= 2 && !spec.bias() && spec.role() != Role.POSITION_EMBEDDING;
  }

  /// Bytes read: all weights by each pass, and the keys and values that it sees. A prompt is one
  /// pass here, however it is cut.
  double bytes(SpeedTest test) {
    double cached = keyBytes() * keysBefore(test);
    double passes = test.kind() == SpeedTest.Kind.PROMPT ? 1 : test.tokens();
    return passes * (layerBytes + headBytes) + test.batch() * cached;
  }

  /// Of the keys and values of one token in one layer.
  private double keyBytes() {
    return RunningMemory.cacheBytesPerToken(config, cacheType) / config.layers();
  }

  /// Keys that were there before each pass and that it sees, of all layers.
  private double keysBefore(SpeedTest test) {
    int passes = test.kind() == SpeedTest.Kind.PROMPT ? 1 : test.tokens();
    double keys = 0;
    for (int window : config.attention().windows()) {
      for (int i = 0; i < passes; i++) {
        long before = (long) test.context() + i;
        keys += window == 0 ? before : Math.min(window - 1, before);
      }
    }
    return keys;
  }

  /// Operations: a prompt passes the head once.
  double flops(SpeedTest test) {
    double heads = test.kind() == SpeedTest.Kind.PROMPT ? 1 : test.tokens();
    double head = 2.0 * config.vocabularySize() * config.embeddingWidth();
    var attention = config.attention();
    double columns = (double) attention.queryWidth() + attention.outputWidth();
    double keys = 0;
    for (int window : attention.windows()) {
      for (int i = 0; i < test.tokens(); i++) {
        long seen = (long) test.context() + i + 1;
        keys += window == 0 ? seen : Math.min(window, seen);
      }
    }
    return test.batch() * (test.tokens() * flopsPerToken + heads * head + 2 * columns * keys);
  }
}
