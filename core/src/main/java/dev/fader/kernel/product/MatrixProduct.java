package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import java.util.ArrayDeque;

/// Matrix products: [FewRows] reads the right operand where it lies, [PanelProduct] packs both,
/// [ScalarProduct] is the reference.
///
/// With vectors every element is the sum of one chain of fused multiply-adds per [PanelProduct#KC]
/// steps, in order, whatever tile or worker it falls to.
public final class MatrixProduct {
  private final Workers workers;
  private final boolean vectors;
  private final ArrayDeque<ProductScratch> idle = new ArrayDeque<>();

  /// @param vectors whether to use the Vector API or the scalar reference
  public MatrixProduct(Workers workers, boolean vectors) {
    this.workers = workers;
    this.vectors = vectors;
  }

  /// c = a b, where a is (rows, inner), b (inner, columns) and c (rows, columns). Any strides; a
  /// and b may be stored as bfloat16 or float16, or in blocks, which are decoded as they are read.
  /// Every element is summed in the same order whatever the number of workers.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix a, Matrix b, Matrix c) {
    multiply(a, b, c, false);
  }

  /// c += a b if `add`, otherwise c = a b.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix a, Matrix b, Matrix c, boolean add) {
    checkProduct(a, b, c);
    if (!vectors) {
      ScalarProduct.multiply(workers, new Product(a, b, c, add));
    } else if (preferTransposed(c)) {
      run(new Product(b.transposed(), a.transposed(), c.transposed(), add));
    } else {
      run(new Product(a, b, c, add));
    }
  }

  /// Few rows are better than few columns, and rows of the result should be contiguous.
  private static boolean preferTransposed(Matrix c) {
    return Math.min(c.rows(), c.columns()) <= FewRows.MOST
        ? c.columns() < c.rows()
        : c.columnStride() != 1 && c.rowStride() == 1;
  }

  private void run(Product product) {
    if (product.rows() == 0 || product.columns() == 0) {
      return;
    }
    if (product.depth() == 0) {
      if (!product.add()) {
        product.c().fill(0);
      }
      return;
    }
    var scratch = take();
    try {
      if (product.rows() <= FewRows.MOST && FewRows.canRead(product.b())) {
        FewRows.multiply(product, workers, scratch);
      } else {
        PanelProduct.multiply(product, workers, scratch);
      }
    } finally {
      giveBack(scratch);
    }
  }

  private ProductScratch take() {
    synchronized (idle) {
      var scratch = idle.poll();
      return scratch == null ? new ProductScratch(workers.threads()) : scratch;
    }
  }

  private void giveBack(ProductScratch scratch) {
    synchronized (idle) {
      idle.push(scratch);
    }
  }

  private static void checkProduct(Matrix a, Matrix b, Matrix c) {
    if (a.columns() != b.rows() || a.rows() != c.rows() || b.columns() != c.columns()) {
      throw new IllegalArgumentException(
          "cannot multiply %d x %d by %d x %d into %d x %d"
              .formatted(a.rows(), a.columns(), b.rows(), b.columns(), c.rows(), c.columns()));
    }
    if (!isFloatingPoint(a) || !isFloatingPoint(b) || c.tensor().type() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "cannot multiply %s by %s into %s"
              .formatted(a.tensor().type(), b.tensor().type(), c.tensor().type()));
    }
    requireRuns(a);
    requireRuns(b);
  }

  private static void requireRuns(Matrix matrix) {
    boolean runs = matrix.rowStride() == 1 || matrix.columnStride() == 1;
    if (matrix.tensor().type().isQuantized() && !runs) {
      throw new IllegalArgumentException(
          "cannot multiply %s: neither rows nor columns of the window are side by side"
              .formatted(matrix.tensor()));
    }
  }

  private static boolean isFloatingPoint(Matrix matrix) {
    return switch (matrix.tensor().type()) {
      case FLOAT32, FLOAT16, BFLOAT16 -> true;
      case INT8, INT16, INT32, INT64, FLOAT64 -> false;
      default -> true;
    };
  }
}
