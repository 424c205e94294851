package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// Numbers of another source, and under which names they were given.
final class RecordedNumbers implements AdapterNumbers {
  private final AdapterNumbers source;
  private final SequencedMap<String, Variable> given = new LinkedHashMap<>();
  private final Map<String, RowOrder> orders = new HashMap<>();

  RecordedNumbers(AdapterNumbers source) {
    this.source = source;
  }

  SequencedMap<String, Variable> given() {
    return given;
  }

  Map<String, RowOrder> orders() {
    return orders;
  }

  @Override
  public Variable learned(String key, Shape shape, InitialValue initial) {
    return record(key, source.learned(key, shape, initial));
  }

  @Override
  public Variable fixed(String key, Shape shape, InitialValue initial) {
    return record(key, source.fixed(key, shape, initial));
  }

  @Override
  public Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order) {
    orders.put(key, order);
    return record(key, source.learnedRows(key, shape, initial, order));
  }

  private Variable record(String key, Variable variable) {
    given.put(key, variable);
    return variable;
  }

  @Override
  public Tensor scratch(Shape shape) {
    return source.scratch(shape);
  }

  @Override
  public boolean isReal() {
    return source.isReal();
  }
}
