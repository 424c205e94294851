package dev.fader.inspect.board;

import dev.fader.format.GgufFile;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// Which tensors of a model's files are entries of its parameter table number for number, whatever
/// they are called in the files: a cell of the one is that cell of the other.
public final class StoredEntries {
  private StoredEntries() {}

  /// The tensors by the names of their entries, in the order of the table. Entries that are made
  /// from several tensors, or stand otherwise in the file, are left out.
  ///
  /// @param config of the model of these files
  /// @throws IOException if they cannot be read
  public static SequencedMap<String, ModelTensor> of(ModelConfig config, ModelTensors tensors)
      throws IOException {
    boolean gguf = Files.isRegularFile(tensors.path()) && GgufFile.isGguf(tensors.path());
    var names = gguf ? ggufNames(config) : Map.<String, String>of();
    var stored = new LinkedHashMap<String, ModelTensor>();
    for (var spec : ParameterLayout.of(config)) {
      tensors
          .find(names.getOrDefault(spec.name(), spec.name()))
          .filter(tensor -> tensor.entry().shape().equals(dimensions(spec.shape())))
          .ifPresent(tensor -> stored.put(spec.name(), tensor));
    }
    return stored;
  }

  private static Map<String, String> ggufNames(ModelConfig config) {
    var names = new LinkedHashMap<String, String>();
    var layout = new GgufLayout(config);
    for (var entry : layout.entries()) {
      if (!layout.isTransposed(entry.spec())) {
        names.put(entry.spec().name(), entry.name());
      }
    }
    return names;
  }

  private static List<Long> dimensions(Shape shape) {
    return IntStream.range(0, shape.rank()).mapToObj(shape::dimension).toList();
  }
}
