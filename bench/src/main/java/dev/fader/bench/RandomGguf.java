package dev.fader.bench;

import dev.fader.format.FileContent;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.inspect.count.Catalogue;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.QuantizedTensor;
import dev.fader.model.gguf.GgufConfigWriter;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.model.random.RandomWeights;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Writes a GGUF file of random weights in the shape of a published model, in the types that
/// llama.cpp's quantisation would give it, with a tokenizer of that size: for Fader and for
/// programs that it is compared with.
///
/// Arguments: a model of the catalogue, such as `llama-3.2-1b`; a type, such as `Q4_K_M`; the file.
public final class RandomGguf {
  private static final double DEVIATION = 0.02;
  private static final double MERGES_PER_TOKEN = 280_147.0 / 128_256; // Llama 3's

  private final ModelConfig config;
  private final QuantizationMix mix;
  private final RandomWeights weights;

  private RandomGguf(ModelConfig config, QuantizationMix mix, RandomWeights weights) {
    this.config = config;
    this.mix = mix;
    this.weights = weights;
  }

  /// Writes the file.
  public static void main(String[] arguments) throws IOException {
    var model = Catalogue.load().find(arguments[0]).orElseThrow().model().orElseThrow();
    var mix = QuantizationMix.valueOf(arguments[1]);
    try (var workers = Workers.of(Runtime.getRuntime().availableProcessors());
        var file =
            FileChannel.open(
                Path.of(arguments[2]), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      new RandomGguf(model, mix, new RandomWeights(workers, 1)).content().writeTo(file);
    }
  }

  private GgufContent content() {
    return new GgufContent(metadata(), tensors());
  }

  private GgufMetadataBuilder metadata() {
    var fields = new GgufMetadataBuilder();
    GgufConfigWriter.write(config, fields);
    fields
        .text("general.name", "random")
        .uint32("general.file_type", mix.fileType())
        .uint32("general.quantization_version", 2);
    int vocabulary = config.vocabularySize();
    new SyntheticTokenizer(vocabulary, (int) (vocabulary * MERGES_PER_TOKEN)).describe(fields);
    return fields;
  }

  private List<TensorContent> tensors() {
    var factors = new GgufLayout(config).factors();
    var tensors = new ArrayList<TensorContent>();
    for (var tensor : QuantizedTensor.of(config, mix)) {
      tensors.add(
          new TensorContent(
              tensor.name(), tensor.type(), tensor.shape(), out -> write(tensor, factors, out)));
    }
    return tensors;
  }

  private void write(
      QuantizedTensor tensor, Map<String, List<Double>> factors, WritableByteChannel out)
      throws IOException {
    try (var arena = TensorMemory.unlimited().open("random tensor")) {
      var numbers = arena.allocate(tensor.type(), tensor.shape());
      if (tensor.spec().isEmpty()) {
        var given = factors.getOrDefault(tensor.name(), List.of());
        for (int i = 0; i < given.size(); i++) {
          numbers.set(i, given.get(i).floatValue());
        }
      } else if (tensor.spec().get().role().isNorm() && !tensor.spec().get().bias()) {
        for (long i = 0; i < numbers.elements(); i++) {
          numbers.set(i, 1);
        }
      } else if (tensor.shape().rank() >= 2) {
        weights.fill(numbers, DEVIATION);
      }
      FileContent content = TensorContent.of(tensor.name(), numbers).data();
      content.writeTo(out);
    }
  }
}
