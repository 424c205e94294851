package dev.fader.inspect.difference;

import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// A tensor of one of two models.
///
/// @param name in the layout of a directory, or in the file where the family is not known
/// @param key what it is matched by: its purpose and place, or its name
/// @param role its purpose, if the family is known
/// @param layer the layer it is in, -1 outside the layers
/// @param shape outermost dimension first
/// @param storage where its numbers are
record ComparedTensor(
    String name,
    String key,
    Optional<Role> role,
    int layer,
    List<Long> shape,
    Storage storage,
    Numbers numbers) {
  /// Where numbers are.
  ///
  /// @param type how they are stored in the file
  /// @param rowsAreStored whether rows are rows in the file, so that blocks run along them
  /// @param inPlace the stored numbers, if they stand in the same order
  /// @param computed whether they are in no file: what an adapter or a mix makes of the weights, so
  ///   that nothing was rounded to be stored
  record Storage(DType type, boolean rowsAreStored, Optional<Tensor> inPlace, boolean computed) {
    static Storage of(Tensor stored) {
      return new Storage(stored.type(), true, Optional.of(stored), false);
    }

    static Storage computed(Tensor tensor) {
      return new Storage(tensor.type(), true, Optional.of(tensor), true);
    }
  }

  /// Reads numbers of a tensor.
  interface Numbers {
    /// Sets the first `count` numbers of `target` to those from `first` on, in row-major order.
    /// Both are whole rows.
    void read(long first, int count, float[] target);
  }

  ComparedTensor {
    shape = List.copyOf(shape);
  }

  long elements() {
    long elements = 1;
    for (long dimension : shape) {
      elements = Math.multiplyExact(elements, dimension);
    }
    return elements;
  }

  long columns() {
    return shape.isEmpty() ? 1 : shape.getLast();
  }

  long rows() {
    return columns() == 0 ? 0 : elements() / columns();
  }

  /// Bits that a number takes.
  double bits() {
    return 8.0 * stored().bytesPerBlock() / stored().blockSize();
  }

  /// How its numbers are stored in the file.
  DType stored() {
    return storage.type;
  }

  /// The name of the module, which a map of layers has a column for: `q_proj`.
  String module() {
    String name = this.name.replaceFirst("\\.?(weight|bias)$", "");
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /// The name of the fused matrix that this is a part of.
  Optional<String> whole() {
    int part = name.lastIndexOf('[');
    return role.isPresent() && part > 0 && name.endsWith("]")
        ? Optional.of(name.substring(0, part))
        : Optional.empty();
  }

  /// The same tensor as `count` rows of it from `first` on.
  ComparedTensor rows(String part, Role partRole, long first, long count) {
    long columns = columns();
    var shape = this.shape.size() == 1 ? List.of(count) : List.of(count, columns);
    long start = first * (this.shape.size() == 1 ? 1 : columns);
    boolean vector = this.shape.size() == 1;
    return new ComparedTensor(
        name + "[" + part + "]",
        key.replace(role.orElseThrow().name(), partRole.name()),
        Optional.of(partRole),
        layer,
        shape,
        new Storage(storage.type, storage.rowsAreStored, Optional.empty(), storage.computed),
        vector
            ? (from, length, target) -> {
              // Vectors are read whole.
              var all = new float[Math.toIntExact(this.shape.getFirst())];
              numbers.read(0, all.length, all);
              System.arraycopy(all, Math.toIntExact(start + from), target, 0, length);
            }
            : (from, length, target) -> numbers.read(start + from, length, target));
  }
}
