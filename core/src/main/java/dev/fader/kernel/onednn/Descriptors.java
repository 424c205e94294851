package dev.fader.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fader.kernel.onednn.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What versions 2 and 3 do differently: how matrices and products are described. In version 2 a
/// matrix is a structure of the caller's and a product is described before its primitive is; in
/// version 3 both are the library's own objects.
@SuppressWarnings("restricted") // calling a library is what this is for
sealed interface Descriptors {
  /// `dnnl_format_tag_any`: the library chooses the layout.
  int ANY = 1;

  int DIMENSIONS = 2;

  /// Of `dnnl_dims_t`.
  int MOST_DIMENSIONS = 12;

  /// Descriptions of the matrices of c = a b.
  record Operands(MemorySegment a, MemorySegment b, MemorySegment c) {}

  /// Where primitives compute, and how.
  record Setting(MemorySegment engine, MemorySegment attributes) {}

  /// How a matrix lies in memory: blocks of `inner[0]` rows, each of `inner[1]` columns, ...; a
  /// number a dimension.
  ///
  /// @param strides in elements, from block to block of rows and of columns
  /// @param sizes of the inner blocks
  /// @param dimensions which of the two each inner block cuts
  record Layout(List<Long> strides, List<Long> sizes, List<Long> dimensions) {}

  /// A matrix, row after row, as long as the arena is open.
  MemorySegment matrix(Arena arena, PanelType type, long[] dimensions);

  /// A matrix that the library may lay out as it likes.
  MemorySegment any(Arena arena, PanelType type, long[] dimensions);

  /// The address of the descriptor of the primitive that multiplies, which is the caller's.
  MemorySegment product(Arena arena, Setting setting, Operands operands);

  /// How a matrix that a primitive asks for lies.
  Layout layout(Arena arena, MemorySegment matrix);

  private static MemorySegment longs(Arena arena, long... values) {
    var padded = new long[MOST_DIMENSIONS];
    System.arraycopy(values, 0, padded, 0, values.length);
    return arena.allocateFrom(JAVA_LONG, padded);
  }

  private static List<Long> read(MemorySegment from, long at, int count) {
    var values = new ArrayList<Long>();
    for (int i = 0; i < count; i++) {
      values.add(from.get(JAVA_LONG, at + 8L * i));
    }
    return values;
  }

  /// Of version 2. Offsets are those of `dnnl_memory_desc_t` of 2.6, the last of its line but one.
  record Second(Function byStrides, Function byTag, Function product, Function primitive)
      implements Descriptors {
    private static final long MATRIX_BYTES = 1024; // 696 are used
    private static final long PRODUCT_BYTES = 8192; // 2,800 are used
    private static final long STRIDES = 320;
    private static final long INNER_BLOCKS = 416;
    private static final long INNER_SIZES = 424;
    private static final long INNER_DIMENSIONS = 520;

    static Second of(NativeLibrary library) {
      return new Second(
          library.function("dnnl_memory_desc_init_by_strides"),
          library.function("dnnl_memory_desc_init_by_tag"),
          library.function("dnnl_matmul_desc_init"),
          library.function("dnnl_primitive_desc_create"));
    }

    @Override
    public MemorySegment matrix(Arena arena, PanelType type, long[] dimensions) {
      var matrix = arena.allocate(MATRIX_BYTES, 8);
      byStrides.with(
          matrix,
          DIMENSIONS,
          longs(arena, dimensions),
          type.number,
          longs(arena, dimensions[1], 1));
      return matrix;
    }

    @Override
    public MemorySegment any(Arena arena, PanelType type, long[] dimensions) {
      var matrix = arena.allocate(MATRIX_BYTES, 8);
      byTag.with(matrix, DIMENSIONS, longs(arena, dimensions), type.number, ANY);
      return matrix;
    }

    @Override
    public MemorySegment product(Arena arena, Setting setting, Operands operands) {
      var description = arena.allocate(PRODUCT_BYTES, 8);
      product.with(description, operands.a(), operands.b(), MemorySegment.NULL, operands.c());
      var out = arena.allocate(ADDRESS);
      primitive.with(out, description, setting.attributes(), setting.engine(), MemorySegment.NULL);
      return NativeLibrary.pointer(out);
    }

    @Override
    public Layout layout(Arena arena, MemorySegment matrix) {
      var structure = matrix.reinterpret(MATRIX_BYTES);
      int blocks = Math.clamp(structure.get(JAVA_INT, INNER_BLOCKS), 0, MOST_DIMENSIONS);
      return new Layout(
          read(structure, STRIDES, DIMENSIONS),
          read(structure, INNER_SIZES, blocks),
          read(structure, INNER_DIMENSIONS, blocks));
    }
  }

  /// Of version 3.
  record Third(
      Function byStrides, Function byTag, Function destroy, Function product, Function query)
      implements Descriptors {
    private static final int STRIDES = 14; // of dnnl_query_t
    private static final int INNER_BLOCKS = 263;
    private static final int INNER_SIZES = 264;
    private static final int INNER_DIMENSIONS = 265;

    static Third of(NativeLibrary library) {
      return new Third(
          library.function("dnnl_memory_desc_create_with_strides"),
          library.function("dnnl_memory_desc_create_with_tag"),
          library.function("dnnl_memory_desc_destroy"),
          library.function("dnnl_matmul_primitive_desc_create"),
          library.function("dnnl_memory_desc_query"));
    }

    @Override
    public MemorySegment matrix(Arena arena, PanelType type, long[] dimensions) {
      var out = arena.allocate(ADDRESS);
      byStrides.with(
          out, DIMENSIONS, longs(arena, dimensions), type.number, longs(arena, dimensions[1], 1));
      return NativeLibrary.pointer(out).reinterpret(arena, destroy::with);
    }

    @Override
    public MemorySegment any(Arena arena, PanelType type, long[] dimensions) {
      var out = arena.allocate(ADDRESS);
      byTag.with(out, DIMENSIONS, longs(arena, dimensions), type.number, ANY);
      return NativeLibrary.pointer(out).reinterpret(arena, destroy::with);
    }

    @Override
    public MemorySegment product(Arena arena, Setting setting, Operands operands) {
      var out = arena.allocate(ADDRESS);
      product.with(
          out,
          setting.engine(),
          operands.a(),
          operands.b(),
          MemorySegment.NULL,
          operands.c(),
          setting.attributes());
      return NativeLibrary.pointer(out);
    }

    @Override
    public Layout layout(Arena arena, MemorySegment matrix) {
      var out = arena.allocate(ADDRESS);
      query.with(matrix, INNER_BLOCKS, out);
      int blocks = Math.clamp(out.get(JAVA_INT, 0), 0, MOST_DIMENSIONS);
      return new Layout(
          numbers(matrix, STRIDES, out, DIMENSIONS),
          numbers(matrix, INNER_SIZES, out, blocks),
          numbers(matrix, INNER_DIMENSIONS, out, blocks));
    }

    private List<Long> numbers(MemorySegment matrix, int what, MemorySegment out, int count) {
      query.with(matrix, what, out);
      return read(NativeLibrary.pointer(out).reinterpret(8L * MOST_DIMENSIONS), 0, count);
    }
  }
}
