package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.onednn.OneDnnException;
import dev.fader.kernel.onednn.PanelType;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.EngineException;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/// Matrix products: [FewRows] reads the right operand where it lies, [PanelProduct] packs both,
/// [OneDnnProduct] packs them for a library where [ProductEngine] says so, [ScalarProduct] is the
/// reference.
///
/// With vectors every element is the sum of one chain of fused multiply-adds per [PanelProduct#KC]
/// steps, in order, whatever tile or worker it falls to.
public final class MatrixProduct {
  /// Beyond this many rows, [#multiply(Matrix, List, Matrix, int)] is faster by packing.
  public static final int FEW_ROWS = FewRows.MOST;

  /// Up to so many rows are worth no packing, where their number may decide.
  private static final int FEW = 4;

  /// Fewer rows than these would leave most of a library's kernels empty.
  private static final int LEAST_OF_ENGINE = 16;

  private final Workers workers;
  private final boolean vectors;
  private final EngineChoice choice;
  private final Precision precision;
  private final ArrayDeque<ProductScratch> idle = new ArrayDeque<>();
  private final ArrayDeque<OneDnnProduct> idleOneDnn = new ArrayDeque<>();

  /// Of Java alone.
  ///
  /// @param vectors whether to use the Vector API or the scalar reference
  public MatrixProduct(Workers workers, boolean vectors) {
    this(workers, vectors, EngineChoice.JAVA, Precision.AS_STORED);
  }

  /// @param vectors whether to use the Vector API or the scalar reference
  /// @param choice of who multiplies where there are vectors; looked for when it is needed
  public MatrixProduct(Workers workers, boolean vectors, EngineChoice choice, Precision precision) {
    this.workers = workers;
    this.vectors = vectors;
    this.choice = choice;
    this.precision = precision;
  }

  /// The same in another precision.
  public MatrixProduct in(Precision other) {
    return new MatrixProduct(workers, vectors, choice, other);
  }

  /// Who multiplies what is worth packing, and why, in one clause.
  public String engine() {
    return chosen().reason();
  }

  /// The library that multiplies in training and its precision, on which last bits depend; none if
  /// Java does.
  public Optional<String> library() {
    return panelType().map(chosen()::name);
  }

  /// Whether operands of all products that are worth packing are rounded to bfloat16.
  public boolean isInBfloat16() {
    return panelType().filter(PanelType.BFLOAT16::equals).isPresent();
  }

  private ProductEngine chosen() {
    return vectors ? ProductEngine.of(choice) : ProductEngine.Java.SCALAR;
  }

  /// What [#multiply(Matrix, Matrix, Matrix)] computes in, if not by Java in float32.
  private Optional<PanelType> panelType() {
    return chosen().forProducts(precision == Precision.BFLOAT16);
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

  /// c = a [b0 | b1 | ...]: the columns of c are those of the first right operand, then those of
  /// the next. The workers meet once for all operands.
  ///
  /// The first `few` rows are read along with rows of other callers, as if each were alone: their
  /// bits depend neither on how many there are nor on those beside them. For the rows below them,
  /// those of prompts, operands are packed; their bits do not depend on their number, either, but
  /// are others. The first `few` rows alone allocate nothing once this was called as often as there
  /// are calls at a time, provided that columns or rows of the right operands are contiguous.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix a, List<Matrix> b, Matrix c, int few) {
    checkFew(a, few);
    checkProduct(a, b, c);
    boolean packed = !vectors || a.columns() == 0;
    if (few > 0 && !packed) {
      multiplyFew(a, b, c, 0, few);
    }
    if (few < a.rows() || packed) {
      int first = packed ? 0 : few;
      multiplyEach(a, b, c, first, a.rows() - first);
    }
  }

  /// The same for each group of rows, with the right operands of the group.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix a, RowGroups groups, Matrix c) {
    if (groups.totalRows() > a.rows()) {
      throw new IllegalArgumentException(
          "groups of %d rows in all, of %d".formatted(groups.totalRows(), a.rows()));
    }
    for (int group = 0; group < groups.count(); group++) {
      checkProduct(a, groups.rights(group), c);
    }
    boolean packed = !vectors || a.columns() == 0;
    for (int group = 0; group < groups.count(); group++) {
      int first = groups.first(group);
      int few = packed ? 0 : groups.few(group);
      if (few > 0) {
        multiplyFew(a, groups.rights(group), c, first, few);
      }
      if (few < groups.rows(group)) {
        multiplyEach(a, groups.rights(group), c, first + few, groups.rows(group) - few);
      }
    }
  }

  private void multiplyFew(Matrix a, List<Matrix> b, Matrix c, int first, int count) {
    var scratch = take();
    try {
      scratch.few().of(first, count).multiply(a, b, c);
    } finally {
      giveBack(scratch);
    }
    int column = 0;
    for (int i = 0; i < b.size(); i++) {
      var right = b.get(i);
      if (!FewRows.canRead(right)) {
        var part = c.rows(first, count).columns(column, right.columns());
        pack(new Product(a.rows(first, count), right, part, false));
      }
      column += right.columns();
    }
  }

  /// Some rows, one right operand after the other.
  private void multiplyEach(Matrix a, List<Matrix> b, Matrix c, int first, int count) {
    int column = 0;
    for (var right : b) {
      var part = c.rows(first, count).columns(column, right.columns());
      var product = new Product(a.rows(first, count), right, part, false);
      if (!vectors) {
        ScalarProduct.multiply(workers, product);
      } else {
        packPrompt(product);
      }
      column += right.columns();
    }
  }

  /// Rows of a prompt: how many there are must not decide who multiplies them.
  private void packPrompt(Product product) {
    if (OneDnnProduct.isWorth(product.b()) && product.rows() > 0) {
      var type = promptType(product.b());
      if (type.isPresent()) {
        byOneDnn(product, type.get());
        return;
      }
    }
    pack(product);
  }

  private Optional<PanelType> promptType(Matrix weights) {
    return precision == Precision.FLOAT32
        ? panelType()
        : chosen().forPrompts(weights.tensor().type());
  }

  private void pack(Product product) {
    if (product.depth() == 0) {
      product.c().fill(0);
    } else if (product.rows() > 0 && product.columns() > 0) {
      var scratch = take();
      try {
        PanelProduct.multiply(product, workers, scratch);
      } finally {
        giveBack(scratch);
      }
    }
  }

  /// Few rows are better than few columns, and rows of the result should be contiguous.
  private static boolean preferTransposed(Matrix c) {
    return Math.min(c.rows(), c.columns()) <= FEW
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
    if (product.rows() >= LEAST_OF_ENGINE && OneDnnProduct.isWorth(product.b())) {
      var type = panelType();
      if (type.isPresent()) {
        byOneDnn(product, type.get());
        return;
      }
    }
    var scratch = take();
    try {
      if (product.rows() <= FEW && FewRows.canRead(product.b())) {
        scratch.few().of(0, product.rows()).multiply(product);
      } else {
        PanelProduct.multiply(product, workers, scratch);
      }
    } finally {
      giveBack(scratch);
    }
  }

  private void byOneDnn(Product product, PanelType type) {
    var multiplying = takeOneDnn();
    try {
      multiplying.multiply(product, workers, type);
    } catch (OneDnnException failed) {
      throw new EngineException(multiplying.library(), failed);
    } finally {
      synchronized (idleOneDnn) {
        idleOneDnn.push(multiplying);
      }
    }
  }

  private OneDnnProduct takeOneDnn() {
    synchronized (idleOneDnn) {
      var multiplying = idleOneDnn.poll();
      return multiplying == null ? new OneDnnProduct(workers) : multiplying;
    }
  }

  private ProductScratch take() {
    synchronized (idle) {
      var scratch = idle.poll();
      return scratch == null
          ? new ProductScratch(workers, precision == Precision.FLOAT32)
          : scratch;
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
    checkTypes(a, b, c);
  }

  private static void checkFew(Matrix a, int few) {
    if (few < 0 || few > a.rows()) {
      throw new IllegalArgumentException(
          "%d few rows of %d: must be 0 to all of them".formatted(few, a.rows()));
    }
  }

  private static void checkProduct(Matrix a, List<Matrix> b, Matrix c) {
    int columns = 0;
    for (int i = 0; i < b.size(); i++) {
      var right = b.get(i);
      columns += right.columns();
      if (a.columns() != right.rows()) {
        throw new IllegalArgumentException(
            "cannot multiply %d x %d by %d x %d, right operand %d of %d"
                .formatted(a.rows(), a.columns(), right.rows(), right.columns(), i + 1, b.size()));
      }
      checkTypes(a, right, c);
    }
    if (a.rows() != c.rows() || columns != c.columns()) {
      throw new IllegalArgumentException(
          "cannot multiply %d x %d by %d columns into %d x %d"
              .formatted(a.rows(), a.columns(), columns, c.rows(), c.columns()));
    }
  }

  private static void checkTypes(Matrix a, Matrix b, Matrix c) {
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
