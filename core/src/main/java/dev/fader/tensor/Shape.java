package dev.fader.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The dimensions of a tensor, outermost first. Immutable; no dimension is negative.
public final class Shape {
  private final long[] dimensions;
  private final long elements;

  private Shape(long[] dimensions) {
    long product = 1;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "negative dimension in shape " + Arrays.toString(dimensions));
      }
      try {
        product = Math.multiplyExact(product, dimension);
      } catch (ArithmeticException overflow) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(dimensions) + " is too large", overflow);
      }
    }
    this.dimensions = dimensions;
    this.elements = product;
  }

  /// A shape with these dimensions, outermost first. No dimensions is a scalar.
  ///
  /// @throws IllegalArgumentException if one is negative or their product does not fit a `long`
  public static Shape of(long... dimensions) {
    return new Shape(dimensions.clone());
  }

  /// The number of dimensions.
  public int rank() {
    return dimensions.length;
  }

  /// The size of dimension `index`, counted from the outermost.
  public long dimension(int index) {
    return dimensions[index];
  }

  /// The size of dimension `index` as an `int`.
  ///
  /// @throws ArithmeticException if it does not fit
  public int size(int index) {
    return Math.toIntExact(dimensions[index]);
  }

  /// The product of all dimensions.
  public long elements() {
    return elements;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  /// The dimensions as in `[32, 128]`.
  @Override
  public String toString() {
    return Arrays.stream(dimensions)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
