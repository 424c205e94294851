package dev.fader.model.adapter;

import dev.fader.grad.Variable;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;

/// Where the numbers of an adapter come from.
interface AdapterNumbers {
  /// A parameter that is learned.
  ///
  /// @param key its name in the file
  Variable learned(String key, Shape shape, InitialValue initial);

  /// A parameter of the file that is not learned.
  Variable fixed(String key, Shape shape, InitialValue initial);

  /// Memory that the adapter needs besides.
  Tensor scratch(Shape shape);

  /// A learned parameter whose rows have another order in memory than in the file. Initial values
  /// are in the order of memory.
  Variable learnedRows(String key, Shape shape, InitialValue initial, RowOrder order);

  /// Whether there are numbers, so that parts of them can be copied.
  boolean isReal();
}
