package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// The tensors of an adapter by their names in its file, without numbers: what an adapter would
/// hold, taken from its configuration and that of the model.
final class AdapterLayout implements AdapterNumbers {
  private final SequencedMap<String, Entry> entries = new LinkedHashMap<>();
  private final TensorArena counting;

  /// A tensor.
  record Entry(Shape shape, boolean learned, InitialValue initial) {}

  /// @param counting an arena without memory
  private AdapterLayout(TensorArena counting) {
    this.counting = counting;
  }

  /// @throws dev.fader.adapter.AdapterException if the configuration does not fit the model
  static AdapterLayout of(AdapterConfig config, BaseModules modules, boolean strict) {
    try (var counting = TensorMemory.counting().open("adapter")) {
      var layout = new AdapterLayout(counting);
      new AdapterBuilder(config, modules, layout, strict).build();
      return layout;
    }
  }

  SequencedMap<String, Entry> entries() {
    return entries;
  }

  long learnedElements() {
    return entries.values().stream()
        .filter(Entry::learned)
        .mapToLong(entry -> entry.shape.elements())
        .sum();
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    return put(key, new Entry(shape, true, initial));
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return put(key, new Entry(shape, false, initial));
  }

  @Override
  public Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order) {
    return learned(key, shape, initial);
  }

  private Variable put(String key, Entry entry) {
    entries.put(key, entry);
    return Variable.fixed(scratch(entry.shape));
  }

  @Override
  public Tensor scratch(Shape shape) {
    return counting.allocate(DType.FLOAT32, shape);
  }

  @Override
  public boolean isReal() {
    return false;
  }
}
