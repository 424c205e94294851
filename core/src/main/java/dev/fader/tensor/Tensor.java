package dev.fader.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// An array of numbers with a shape, in row-major order in off-heap memory.
///
/// The memory belongs to whoever opened it: a [TensorArena], or a mapped file. A tensor over a
/// read-only mapping is the same type and throws `UnsupportedOperationException` when it is
/// written.
public final class Tensor {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  /// Elements that are converted at a time: whole blocks of every type.
  private static final int PIECE = 4096;

  private final DType type;
  private final Shape shape;
  private final MemorySegment segment;

  /// The same numbers in another order.
  private volatile MemorySegment interleaved = MemorySegment.NULL;

  private volatile DType interleavedRows = DType.FLOAT32;

  /// A tensor over `segment`, which must be native and hold exactly the bytes that `type` and
  /// `shape` ask for.
  ///
  /// @throws IllegalArgumentException if it does not, or rows are no whole blocks
  public Tensor(DType type, Shape shape, MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("a tensor needs off-heap memory, not " + segment);
    }
    long bytes = type.bytesFor(shape);
    if (segment.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s takes %d bytes, not %d"
              .formatted(type, shape, bytes, segment.byteSize()));
    }
    this.type = type;
    this.shape = shape;
    this.segment = segment;
  }

  private Tensor(DType type, Shape shape) {
    this.type = type;
    this.shape = shape;
    this.segment = MemorySegment.NULL;
  }

  /// A tensor without memory, as on PyTorch's `meta` device: it has a type and a shape, and no
  /// number that could be read. For plans.
  static Tensor counted(DType type, Shape shape) {
    return new Tensor(type, shape);
  }

  /// Whether this has a type and a shape but no memory.
  public boolean isCounted() {
    return segment.equals(MemorySegment.NULL);
  }

  /// How the elements are stored.
  public DType type() {
    return type;
  }

  /// The dimensions.
  public Shape shape() {
    return shape;
  }

  /// The number of elements.
  public long elements() {
    return shape.elements();
  }

  /// The memory itself, for kernels and files.
  public MemorySegment segment() {
    return segment;
  }

  /// Keeps a second copy of the numbers, in an order that suits products better. It must be written
  /// completely, live as long as this tensor, and does not follow if the tensor is written.
  ///
  /// @param rows the type in which products take the rows that they multiply with the copy:
  ///   FLOAT32, or Q8_0, which is faster and less exact
  public void keepInterleaved(MemorySegment memory, DType rows) {
    interleavedRows = rows;
    interleaved = memory;
  }

  /// Whether there is a second copy.
  public boolean isInterleaved() {
    return !interleaved.equals(MemorySegment.NULL);
  }

  /// The type in which products take the rows that they multiply with the second copy.
  public DType interleavedRows() {
    return interleavedRows;
  }

  /// The second copy, in the order that `kernel.interleaved` gives it.
  public MemorySegment interleaved() {
    return interleaved;
  }

  /// Gives the pages of a mapped file back to the system; they come again if they are read. Does
  /// nothing to other memory.
  public void unload() {
    if (segment.isMapped() && segment.isReadOnly()) {
      segment.unload();
    }
  }

  /// The same numbers with other dimensions.
  ///
  /// @throws IllegalArgumentException if the number of elements differs
  public Tensor reshape(long... dimensions) {
    return withShape(Shape.of(dimensions));
  }

  /// The same numbers with another shape.
  ///
  /// @throws IllegalArgumentException if the number of elements differs
  public Tensor withShape(Shape other) {
    return isCounted() ? counted(type, other) : new Tensor(type, other, segment);
  }

  /// The part of the outermost dimension from `start`, `count` long. Shares memory with this
  /// tensor.
  ///
  /// @throws IndexOutOfBoundsException if it is not within this tensor
  /// @throws IllegalArgumentException if it cuts a block
  public Tensor slice(long start, long count) {
    long rows = shape.dimension(0);
    Objects.checkFromIndexSize(start, count, rows);
    var dimensions = new long[shape.rank()];
    dimensions[0] = count;
    for (int i = 1; i < dimensions.length; i++) {
      dimensions[i] = shape.dimension(i);
    }
    if (isCounted()) {
      return counted(type, Shape.of(dimensions));
    }
    long rowElements = rows == 0 ? 0 : elements() / rows;
    return new Tensor(
        type,
        Shape.of(dimensions),
        segment.asSlice(type.bytesFor(start * rowElements), type.bytesFor(count * rowElements)));
  }

  /// Element `index` in row-major order, converted to float32.
  public float get(long index) {
    return switch (type) {
      case FLOAT32 -> segment.get(FLOAT, index * 4);
      case FLOAT16 -> Float.float16ToFloat(segment.get(SHORT, index * 2));
      case BFLOAT16 -> Float.intBitsToFloat(segment.get(SHORT, index * 2) << 16);
      case INT8 -> segment.get(ValueLayout.JAVA_BYTE, index);
      case INT16 -> segment.get(SHORT, index * 2);
      case INT32 -> segment.get(INT, index * 4);
      case INT64 -> segment.get(LONG, index * 8);
      case FLOAT64 -> (float) segment.get(DOUBLE, index * 8);
      default -> inBlock(index);
    };
  }

  private float inBlock(long index) {
    var block = new float[type.blockSize()];
    int at = (int) (index % block.length);
    read(index - at, block, 0, block.length);
    return block[at];
  }

  /// Sets `count` numbers of `target` from `offset` on to the elements from `start` on, in
  /// row-major order, converted to float32. This is the fast way to read many. Where elements are
  /// stored in blocks, `start` is the first of one.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many
  /// @throws IllegalArgumentException if `start` is inside a block
  public void read(long start, float[] target, int offset, int count) {
    Objects.checkFromIndexSize(start, count, elements());
    Objects.checkFromIndexSize(offset, count, target.length);
    switch (type) {
      case FLOAT32 -> MemorySegment.copy(segment, FLOAT, start * 4, target, offset, count);
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = Float.float16ToFloat(segment.get(SHORT, (start + i) * 2));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = Float.intBitsToFloat(segment.get(SHORT, (start + i) * 2) << 16);
        }
      }
      case INT8, INT16, INT32, INT64, FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          target[offset + i] = get(start + i);
        }
      }
      default -> readBlocks(start, target, offset, count);
    }
  }

  private void readBlocks(long start, float[] target, int offset, int count) {
    var format = type.blockFormat();
    int size = format.elements();
    long at = blockAt(start);
    int i = 0;
    for (; i + size <= count; i += size) {
      format.decode(segment, at, target, offset + i);
      at += format.bytes();
    }
    if (i < count) {
      var block = new float[size];
      format.decode(segment, at, block, 0);
      System.arraycopy(block, 0, target, offset + i, count - i);
    }
  }

  /// The byte at which the block begins whose first element is `element`.
  private long blockAt(long element) {
    if (element % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          "element %d of %s is inside a block of %d".formatted(element, this, type.blockSize()));
    }
    return element / type.blockSize() * type.bytesPerBlock();
  }

  /// Sets `count` elements from `start` on, in row-major order, to the numbers of `source` from
  /// `offset` on, which are rounded as the storage asks for. Blocks are written whole.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many
  /// @throws IllegalArgumentException if `start` or `count` cuts a block, or a block cannot hold a
  ///   number
  /// @throws UnsupportedOperationException if this is read-only
  public void write(long start, float[] source, int offset, int count) {
    Objects.checkFromIndexSize(start, count, elements());
    Objects.checkFromIndexSize(offset, count, source.length);
    if (type == DType.FLOAT32) {
      MemorySegment.copy(source, offset, segment, FLOAT, start * 4, count);
    } else if (type.isQuantized()) {
      writeBlocks(start, source, offset, count);
    } else {
      for (int i = 0; i < count; i++) {
        set(start + i, source[offset + i]);
      }
    }
  }

  private void writeBlocks(long start, float[] source, int offset, int count) {
    var format = type.blockFormat();
    long at = blockAt(start);
    type.bytesFor(count);
    for (int i = 0; i < count; i += format.elements()) {
      try {
        format.encode(source, offset + i, segment, at);
      } catch (IllegalArgumentException unfit) {
        throw new IllegalArgumentException(
            "elements %d to %d of %s: %s"
                .formatted(start + i, start + i + format.elements() - 1, this, unfit.getMessage()),
            unfit);
      }
      at += format.bytes();
    }
  }

  /// Sets element `index` in row-major order, rounding to nearest even where the storage is
  /// narrower.
  ///
  /// @throws UnsupportedOperationException if this is quantised or read-only
  public void set(long index, float value) {
    switch (type) {
      case FLOAT32 -> segment.set(FLOAT, index * 4, value);
      case FLOAT16 -> segment.set(SHORT, index * 2, Float.floatToFloat16(value));
      case BFLOAT16 -> segment.set(SHORT, index * 2, bfloat16(value));
      case INT8 ->
          segment.set(
              ValueLayout.JAVA_BYTE, index, (byte) Math.clamp((int) Math.rint(value), -128, 127));
      case INT16 ->
          segment.set(
              SHORT,
              index * 2,
              (short) Math.clamp((int) Math.rint(value), Short.MIN_VALUE, Short.MAX_VALUE));
      case INT32 -> segment.set(INT, index * 4, (int) value);
      case INT64 -> segment.set(LONG, index * 8, (long) value);
      case FLOAT64 -> segment.set(DOUBLE, index * 8, value);
      default ->
          throw new UnsupportedOperationException(
              "element %d of %s cannot be set: blocks are written whole".formatted(index, this));
    }
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int roundToNearestEven = 0x7fff + ((bits >>> 16) & 1);
    return (short) ((bits + roundToNearestEven) >>> 16);
  }

  /// Sets every element to zero.
  public Tensor zero() {
    segment.fill((byte) 0);
    return this;
  }

  /// Copies all elements of `source`, converting the storage if it differs: into blocks, if that is
  /// how this is stored.
  ///
  /// @throws IllegalArgumentException if the number of elements differs, or a block cannot hold a
  ///   number
  public Tensor copyFrom(Tensor source) {
    if (source.elements() != elements()) {
      throw new IllegalArgumentException("cannot copy %s into %s".formatted(source.shape, shape));
    }
    if (source.type == type) {
      segment.copyFrom(source.segment);
      return this;
    }
    var piece = new float[(int) Math.min(PIECE, elements())];
    for (long i = 0; i < elements(); i += piece.length) {
      int count = (int) Math.min(piece.length, elements() - i);
      source.read(i, piece, 0, count);
      write(i, piece, 0, count);
    }
    return this;
  }

  /// Sets all elements.
  ///
  /// @throws IllegalArgumentException if the number of elements differs
  public Tensor copyFrom(float[] values) {
    if (values.length != elements()) {
      throw new IllegalArgumentException(
          "cannot copy %d values into %s".formatted(values.length, shape));
    }
    write(0, values, 0, values.length);
    return this;
  }

  /// All elements as float32.
  ///
  /// @throws ArithmeticException if there are more than an array holds
  public float[] toArray() {
    var values = new float[Math.toIntExact(elements())];
    read(0, values, 0, values.length);
    return values;
  }

  @Override
  public String toString() {
    return type + shape.toString();
  }
}
