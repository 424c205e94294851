package dev.fader.model.convert;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// How far the logits of a model that was written are from those that it should have.
///
/// @param tokens of the text that both read
/// @param largest difference of two logits
/// @param relative the length of all differences over that of all logits
/// @param bound of `relative`
public record LogitCheck(int tokens, double largest, double relative, double bound) {
  private static final int TOKENS = 16;
  private static final long SEED = 20261129;

  /// Opens the model `written`, and compares it with `expected`.
  ///
  /// @param coarsest the type of the most inexact of its weights that were rounded
  /// @throws IOException if the difference is more than such a type explains
  static LogitCheck of(LoadedModel expected, Path written, DType coarsest, Kernels kernels)
      throws IOException {
    var memory = expected.memory();
    float[] before = logits(expected.decoder(), kernels, memory);
    float[] after;
    try (var model = LoadedModel.open(written, memory)) {
      after = logits(model.decoder(), kernels, memory);
    }
    var check = of(before, after, coarsest);
    if (!check.holds()) {
      throw new IOException(
          "what was stored is not the model with what was beside it: logits differ by %.3g of their size, and %s explains %.3g; nothing was written; choose a wider type"
              .formatted(check.relative, coarsest, check.bound));
    }
    return check;
  }

  /// Compares the weights that were merged, before they are stored, with `expected`.
  ///
  /// @throws AdapterException if they are another model
  static void require(LoadedModel expected, Decoder merged, Kernels kernels) {
    var memory = expected.memory();
    float[] before = logits(expected.decoder(), kernels, memory);
    var check = of(before, logits(merged, kernels, memory), DType.FLOAT32);
    if (!check.holds()) {
      throw new AdapterException(
          "in the weights these changes are not what they are beside the model: logits differ by %.3g of their size, more than %.3g; nothing was written; merge one adapter, and use the others beside it"
              .formatted(check.relative, check.bound));
    }
  }

  private boolean holds() {
    return relative <= bound; // not if it is NaN
  }

  private static LogitCheck of(float[] before, float[] after, DType coarsest) {
    double largest = 0;
    double squares = 0;
    double differences = 0;
    boolean same = before.length == after.length;
    for (int i = 0; same && i < before.length; i++) {
      double difference = (double) before[i] - after[i];
      largest = Math.max(largest, Math.abs(difference));
      differences += difference * difference;
      squares += (double) before[i] * before[i];
    }
    double relative = !same ? Double.NaN : differences == 0 ? 0 : Math.sqrt(differences / squares);
    return new LogitCheck(TOKENS, largest, relative, bound(coarsest));
  }

  /// Sums in another order are a few units in the last place apart after some layers; rounded
  /// weights add about their own relative error for each of the layers, which partly cancels.
  private static double bound(DType type) {
    return switch (type) {
      case FLOAT32 -> 1e-4;
      case FLOAT16 -> 2e-2;
      case BFLOAT16, Q8_0 -> 1e-1;
      case Q2_K, Q3_K, TQ1_0, TQ2_0 -> 1;
      default -> 0.5;
    };
  }

  /// After every token of one text: (tokens, vocabulary).
  private static float[] logits(Decoder decoder, Kernels kernels, TensorMemory memory) {
    var random = new SplittableRandom(SEED);
    var config = decoder.config();
    int count = Math.min(TOKENS, config.context());
    var ids = new float[count];
    for (int i = 0; i < count; i++) {
      ids[i] = random.nextInt(config.vocabularySize());
    }
    try (var arena = memory.open("comparison of logits")) {
      var tokens = arena.allocate(DType.INT32, Shape.of(count)).copyFrom(ids);
      var tape = new Tape(kernels.inFloat32(), arena, Tape.Mode.INFER);
      var states = decoder.forward(tape, TokenBlock.ofSequences(tokens, 1, count));
      float cap = config.embedding().logitSoftCap();
      return tape.logits(states, decoder.head(tape), cap).value().toArray();
    }
  }
}
