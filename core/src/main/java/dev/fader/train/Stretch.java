package dev.fader.train;

import dev.fader.tensor.Tensor;

/// Numbers of an entry of the table that one rank owns: it adds up their gradients, and where
/// optimizer state is shared out, it alone updates them.
///
/// @param entry its number among those that learn
/// @param from the first number, in row-major order
/// @param place where they begin in what the owner keeps of all entries, in numbers
record Stretch(int entry, long from, long count, int owner, long place) {
  /// A part of it.
  Stretch part(long start, long length) {
    return new Stretch(entry, from + start, length, owner, place + start);
  }

  /// These numbers of a tensor of the entry's shape: (count), or the tensor if they are all.
  Tensor of(Tensor whole) {
    return count == whole.elements() ? whole : whole.reshape(whole.elements()).slice(from, count);
  }
}
