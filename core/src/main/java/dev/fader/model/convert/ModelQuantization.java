package dev.fader.model.convert;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.GgufTensor;
import dev.fader.format.TensorContent;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Quantizes the matrices of a GGUF file. Tensors are streamed in pieces, so the model is never in
/// memory as a whole; the result is written atomically.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class ModelQuantization {
  private static final int QUANTIZATION_VERSION = 2;

  private final QuantizationMix mix;
  private final Workers workers;
  private final Progress progress;

  /// Receives progress.
  @FunctionalInterface
  public interface Progress {
    /// Called after every piece, from the thread that quantizes.
    ///
    /// @param elements processed so far
    /// @param total elements of all tensors
    void done(long elements, long total);
  }

  /// The result of one tensor.
  ///
  /// @param squaredError the sum of squared differences; 0 if it is only copied
  public record Result(
      String name, DType from, DType to, long elements, long bytes, double squaredError) {
    /// The root mean squared difference.
    public double rootMeanSquareError() {
      return elements == 0 ? 0 : Math.sqrt(squaredError / elements);
    }
  }

  /// A quantisation on `workers`.
  public ModelQuantization(QuantizationMix mix, Workers workers, Progress progress) {
    this.mix = mix;
    this.workers = workers;
    this.progress = progress;
  }

  /// Quantizes the GGUF file `in` to the GGUF file `out`, which is replaced when the new one is
  /// complete. Quantized tensors are refused, because errors would accumulate.
  ///
  /// @return the result of each tensor, in the order of the file
  /// @throws FormatException if a tensor is already quantized, or has values that blocks cannot
  ///   represent
  /// @throws IOException if a file cannot be read or written
  public List<Result> run(Path in, Path out) throws IOException {
    try (var file = GgufFile.open(in)) {
      var rules = new QuantizationRules(mix, QuantizationRules.ModelSummary.of(file));
      long total = file.tensors().stream().mapToLong(tensor -> tensor.shape().elements()).sum();
      var results = new ArrayList<Result>();
      var contents = new ArrayList<TensorContent>();
      for (var tensor : file.tensors()) {
        var type = rules.type(tensor.name(), tensor.shape(), tensor.mapped().type());
        contents.add(content(tensor, type, results, total));
      }
      var fields =
          new GgufMetadataBuilder()
              .copy(file.metadata())
              .uint32("general.file_type", mix.fileType())
              .uint32("general.quantization_version", QUANTIZATION_VERSION);
      DurableFile.write(out, new GgufContent(fields, contents));
      return results;
    } catch (UncheckedIOException unfit) {
      throw Objects.requireNonNull(unfit.getCause());
    }
  }

  private TensorContent content(GgufTensor stored, DType type, List<Result> results, long total)
      throws FormatException {
    var tensor = stored.mapped();
    if (tensor.type() == type) {
      var same = TensorContent.of(stored.name(), tensor);
      return new TensorContent(
          stored.name(),
          type,
          stored.shape(),
          channel -> {
            same.data().writeTo(channel);
            add(results, stored, tensor, type, 0, total);
          });
    }
    if (tensor.type().isQuantized()) {
      throw wrong(
          stored,
          "is %s already, and quantising it again as %s would add to its error: start from a file"
                  .formatted(tensor.type(), type)
              + " in F32, F16 or BF16, or from a directory that this one was converted to");
    }
    return new TensorContent(
        stored.name(),
        type,
        stored.shape(),
        channel -> {
          var encoding = new TensorEncoding(tensor, type, workers);
          long before = done(results);
          try {
            encoding.write(channel, elements -> progress.done(before + elements, total));
          } catch (IllegalArgumentException unfit) {
            // Unchecked, because the error is not in the file being written.
            throw new UncheckedIOException(wrong(stored, String.valueOf(unfit.getMessage())));
          }
          add(results, stored, tensor, type, encoding.squaredError(), total);
        });
  }

  private void add(
      List<Result> results,
      GgufTensor stored,
      Tensor tensor,
      DType type,
      double squaredError,
      long total) {
    long bytes = type.bytesFor(tensor.elements());
    results.add(
        new Result(stored.name(), tensor.type(), type, tensor.elements(), bytes, squaredError));
    progress.done(done(results), total);
  }

  private static long done(List<Result> results) {
    return results.stream().mapToLong(Result::elements).sum();
  }

  private static FormatException wrong(GgufTensor tensor, String problem) {
    return new FormatException(
        tensor.file(), "tensor " + FormatException.quoted(tensor.name()), problem);
  }
}
