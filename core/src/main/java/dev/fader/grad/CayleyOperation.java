package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// Rotations of blocks from the numbers above the diagonal of a skew-symmetric matrix Q each: the
/// Cayley transform `(I - Q) (I + Q)^-1`, or the series of its inverse, `I + 2 Q + 2 Q^2 + … +
/// Q^(terms - 1)`, whose last term counts once (Qiu et al. 2025, arXiv:2506.19847). That the two
/// turn opposite ways is peft's convention, which files rely on.
final class CayleyOperation implements Operation {
  /// The number of terms that stands for the transform itself.
  static final int EXACT = 0;

  private final Variable skew; // (blocks, size * (size - 1) / 2)
  private final int size;
  private final int terms;
  private final Variable y; // (blocks * size, size)

  CayleyOperation(Tape tape, Variable skew, int size, int terms) {
    this.skew = skew;
    this.size = size;
    this.terms = terms;
    long blocks = skew.value().shape().dimension(0);
    this.y = tape.unfitted(Shape.of(blocks * size, size), skew.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var out = Matrix.of(y.value());
    for (int block = 0; block < out.rows() / size; block++) {
      var q = matrix(block);
      var rotation = terms == EXACT ? transform(q, inverse(q)) : series(q);
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          out.set(block * size + row, column, (float) rotation[row][column]);
        }
      }
    }
  }

  private double[][] series(double[][] q) {
    var sum = identity();
    var power = identity();
    for (int term = 1; term < terms; term++) {
      power = product(power, q);
      add(factor(term), power, sum);
    }
    return sum;
  }

  private double factor(int term) {
    boolean last = term == terms - 1 && term > 1;
    return term == 0 || last ? 1 : 2;
  }

  /// `(I - Q) (I + Q)^-1`
  private double[][] transform(double[][] q, double[][] inverse) {
    var difference = identity();
    add(-1, q, difference);
    return product(difference, inverse);
  }

  /// `(I + Q)^-1` by Gauss-Jordan elimination. The symmetric part of `I + Q` is positive definite,
  /// and so are those of what elimination leaves: no pivot is zero.
  private double[][] inverse(double[][] q) {
    var left = identity();
    add(1, q, left);
    var right = identity();
    for (int pivot = 0; pivot < size; pivot++) {
      double factor = 1 / left[pivot][pivot];
      for (int column = 0; column < size; column++) {
        left[pivot][column] *= factor;
        right[pivot][column] *= factor;
      }
      for (int row = 0; row < size; row++) {
        double times = row == pivot ? 0 : left[row][pivot];
        for (int column = 0; times != 0 && column < size; column++) {
          left[row][column] -= times * left[pivot][column];
          right[row][column] -= times * right[pivot][column];
        }
      }
    }
    return right;
  }

  private double[][] matrix(int block) {
    var in = Matrix.of(skew.value());
    var q = new double[size][size];
    int next = 0;
    for (int row = 0; row < size; row++) {
      for (int column = row + 1; column < size; column++) {
        q[row][column] = in.get(block, next++);
        q[column][row] = -q[row][column];
      }
    }
    return q;
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(skew.gradientToAddTo(tape.workspace()));
    var dy = Matrix.of(y.gradientToRead());
    for (int block = 0; block < gradient.rows(); block++) {
      var slopes = terms == EXACT ? transformSlopes(block, dy) : seriesSlopes(block, dy);
      int next = 0;
      for (int row = 0; row < size; row++) {
        for (int column = row + 1; column < size; column++) {
          double slope = slopes[row][column] - slopes[column][row];
          gradient.set(block, next, (float) (gradient.get(block, next) + slope));
          next++;
        }
      }
    }
  }

  /// By Horner's rule from the last term: with `R_n = factor_n I + Q R_(n+1)`, the gradient of
  /// `R_(n+1)` is `Q^T` times that of `R_n`, and that of Q is the sum of `dR_n R_(n+1)^T`.
  private double[][] seriesSlopes(int block, Matrix dy) {
    var q = matrix(block);
    var transposed = transposed(q);
    var rests = new double[terms][][]; // R_n; R_0 is the result
    rests[terms - 1] = scaled(factor(terms - 1));
    for (int term = terms - 2; term >= 0; term--) {
      rests[term] = product(q, rests[term + 1]);
      add(factor(term), identity(), rests[term]);
    }
    var slope = slope(block, dy);
    var sum = new double[size][size];
    for (int term = 0; term < terms - 1; term++) {
      add(1, product(slope, transposed(rests[term + 1])), sum);
      slope = product(transposed, slope);
    }
    return sum;
  }

  /// With `R = (I - Q) M` and `M = (I + Q)^-1`, `dR = -(I + R) dQ M`.
  private double[][] transformSlopes(int block, Matrix dy) {
    var q = matrix(block);
    var inverse = inverse(q);
    var factor = transform(q, inverse);
    add(1, identity(), factor);
    var slopes = new double[size][size];
    var right = product(slope(block, dy), transposed(inverse));
    add(-1, product(transposed(factor), right), slopes);
    return slopes;
  }

  private double[][] slope(int block, Matrix dy) {
    var slope = new double[size][size];
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        slope[row][column] = dy.get(block * size + row, column);
      }
    }
    return slope;
  }

  private double[][] identity() {
    return scaled(1);
  }

  private double[][] scaled(double factor) {
    var matrix = new double[size][size];
    for (int i = 0; i < size; i++) {
      matrix[i][i] = factor;
    }
    return matrix;
  }

  private static double[][] transposed(double[][] a) {
    var turned = new double[a.length][a.length];
    for (int row = 0; row < a.length; row++) {
      for (int column = 0; column < a.length; column++) {
        turned[column][row] = a[row][column];
      }
    }
    return turned;
  }

  private static double[][] product(double[][] a, double[][] b) {
    int n = a.length;
    var c = new double[n][n];
    for (int row = 0; row < n; row++) {
      for (int k = 0; k < n; k++) {
        double factor = a[row][k];
        for (int column = 0; column < n; column++) {
          c[row][column] += factor * b[k][column];
        }
      }
    }
    return c;
  }

  private static void add(double factor, double[][] x, double[][] sum) {
    for (int row = 0; row < sum.length; row++) {
      for (int column = 0; column < sum.length; column++) {
        sum[row][column] += factor * x[row][column];
      }
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(skew);
  }
}
