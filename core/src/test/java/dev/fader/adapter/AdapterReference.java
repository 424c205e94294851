package dev.fader.adapter;

import dev.fader.grad.Variable;

/// What each method comes to, in double and one number at a time: a weight and a bias that stand in
/// for those of the projection. Written from the papers' formulas, with nothing of the operations
/// under test.
final class AdapterReference {
  private AdapterReference() {}

  /// A projection in double.
  ///
  /// @param weight (out, in)
  /// @param bias (out)
  record Dense(double[][] weight, double[] bias) {}

  /// The projection with the adapter in it.
  ///
  /// @param norms what DoRA divides by: constants, since no gradient flows through them
  static Dense effective(Adapter adapter, Dense base, double[] norms) {
    return switch (adapter) {
      case LowRankAdapter lora -> lowRank(lora, base);
      case InvokedAdapter(LowRankAdapter lora, _, _) -> lowRank(lora, base);
      case LowRankDifference pissa ->
          sum(
              lowRank(pissa.learned(), base),
              product(
                  matrix(Variable.fixed(pissa.takenUp())),
                  matrix(Variable.fixed(pissa.firstDown()))),
              pissa.learned().scale());
      case DecomposedAdapter dora -> decomposed(dora, base, norms);
      case AdaptiveLowRankAdapter ada ->
          sum(base, product(matrix(ada.up()), rows(matrix(ada.down()), ada.values())), ada.scale());
      case VectorAdapter vera ->
          sum(
              base,
              product(
                  rows(matrix(vera.up()), vera.outputs()), rows(matrix(vera.down()), vera.ranks())),
              vera.scaling().scale());
      case OutputScaling scaling ->
          new Dense(rows(base.weight, scaling.factors()), scaled(base.bias, scaling.factors()));
      case InputScaling scaling -> new Dense(columns(base.weight, scaling.factors()), base.bias);
      case BiasAdapter beft -> new Dense(base.weight, sum(base.bias, beft.bias(), beft.scale()));
      case HadamardAdapter loha -> hadamard(loha, base);
      case KroneckerAdapter lokr ->
          sum(base, kronecker(whole(lokr.first()), whole(lokr.second())), lokr.scale());
      case OrthogonalAdapter oft -> rotated(oft, base);
      case WeightDelta delta -> sum(base, matrix(delta.matrix()), 1);
      case SwitchedAdapter switched ->
          throw new AssertionError("rows choose it, no weight holds it: " + switched);
    };
  }

  private static Dense lowRank(LowRankAdapter lora, Dense base) {
    var moved = sum(base, product(matrix(lora.up()), matrix(lora.down())), lora.scale());
    return lora.bias().isEmpty()
        ? moved
        : new Dense(moved.weight, sum(base.bias, lora.bias().get(), lora.scale()));
  }

  private static Dense decomposed(DecomposedAdapter dora, Dense base, double[] norms) {
    var moved = lowRank(dora.direction(), base);
    var weight = copy(moved.weight);
    for (int row = 0; row < weight.length; row++) {
      for (int column = 0; column < weight[row].length; column++) {
        weight[row][column] *= dora.magnitude().value().get(row) / norms[row];
      }
    }
    return new Dense(weight, base.bias);
  }

  static double[] lengths(double[][] matrix) {
    var lengths = new double[matrix.length];
    for (int row = 0; row < matrix.length; row++) {
      double squares = 0;
      for (double value : matrix[row]) {
        squares += value * value;
      }
      lengths[row] = Math.sqrt(squares);
    }
    return lengths;
  }

  private static Dense hadamard(HadamardAdapter loha, Dense base) {
    var a = product(matrix(loha.first().left()), matrix(loha.first().right()));
    var b = product(matrix(loha.second().left()), matrix(loha.second().right()));
    for (int row = 0; row < a.length; row++) {
      for (int column = 0; column < a[row].length; column++) {
        a[row][column] *= b[row][column];
      }
    }
    return sum(base, a, loha.scale());
  }

  private static double[][] whole(KroneckerAdapter.Factor factor) {
    var left = matrix(factor.left());
    return factor.right().isPresent() ? product(left, matrix(factor.right().get())) : left;
  }

  private static double[][] kronecker(double[][] a, double[][] b) {
    var product = new double[a.length * b.length][a[0].length * b[0].length];
    for (int row = 0; row < product.length; row++) {
      for (int column = 0; column < product[row].length; column++) {
        product[row][column] =
            a[row / b.length][column / b[0].length] * b[row % b.length][column % b[0].length];
      }
    }
    return product;
  }

  /// `x R` read by W is x read by `W R^T`.
  private static Dense rotated(OrthogonalAdapter oft, Dense base) {
    int size = oft.size();
    var skew = matrix(oft.skew());
    var weight = copy(base.weight);
    for (int block = 0; block < weight[0].length / size; block++) {
      var rotation = rotation(skew[block % skew.length], size, oft.terms());
      for (int row = 0; row < weight.length; row++) {
        for (int column = 0; column < size; column++) {
          double sum = 0;
          for (int k = 0; k < size; k++) {
            sum += base.weight[row][block * size + k] * rotation[column][k];
          }
          weight[row][block * size + column] = sum;
        }
      }
    }
    return new Dense(weight, base.bias);
  }

  private static double[][] rotation(double[] numbers, int size, int terms) {
    var q = new double[size][size];
    int next = 0;
    for (int row = 0; row < size; row++) {
      for (int column = row + 1; column < size; column++) {
        q[row][column] = numbers[next];
        q[column][row] = -numbers[next++];
      }
    }
    // the transform is its series with -Q, summed until it does not change any more
    double sign = terms == 0 ? -1 : 1;
    int last = terms == 0 ? 400 : terms - 1;
    var sum = new double[size][size];
    var power = new double[size][size];
    for (int i = 0; i < size; i++) {
      sum[i][i] = 1;
      power[i][i] = 1;
    }
    for (int term = 1; term <= last; term++) {
      power = product(power, q);
      double factor = (term == last && term > 1 ? 1 : 2) * Math.pow(sign, term);
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          sum[row][column] += factor * power[row][column];
        }
      }
    }
    return sum;
  }

  static double[][] matrix(Variable variable) {
    var shape = variable.value().shape();
    var matrix = new double[shape.size(0)][shape.size(1)];
    for (int row = 0; row < matrix.length; row++) {
      for (int column = 0; column < matrix[row].length; column++) {
        matrix[row][column] = variable.value().get((long) row * shape.size(1) + column);
      }
    }
    return matrix;
  }

  private static double[][] copy(double[][] matrix) {
    var copy = new double[matrix.length][];
    for (int row = 0; row < matrix.length; row++) {
      copy[row] = matrix[row].clone();
    }
    return copy;
  }

  private static double[][] product(double[][] a, double[][] b) {
    var c = new double[a.length][b[0].length];
    for (int row = 0; row < a.length; row++) {
      for (int column = 0; column < b[0].length; column++) {
        for (int k = 0; k < b.length; k++) {
          c[row][column] += a[row][k] * b[k][column];
        }
      }
    }
    return c;
  }

  private static double[][] rows(double[][] matrix, Variable factors) {
    var product = copy(matrix);
    for (int row = 0; row < product.length; row++) {
      for (int column = 0; column < product[row].length; column++) {
        product[row][column] *= factors.value().get(row);
      }
    }
    return product;
  }

  private static double[][] columns(double[][] matrix, Variable factors) {
    var product = copy(matrix);
    for (var row : product) {
      for (int column = 0; column < row.length; column++) {
        row[column] *= factors.value().get(column);
      }
    }
    return product;
  }

  private static double[] scaled(double[] bias, Variable factors) {
    var product = bias.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= factors.value().get(i);
    }
    return product;
  }

  private static double[] sum(double[] bias, Variable added, double scale) {
    var sum = bias.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += scale * added.value().get(i);
    }
    return sum;
  }

  private static Dense sum(Dense base, double[][] delta, double scale) {
    var weight = copy(base.weight);
    for (int row = 0; row < weight.length; row++) {
      for (int column = 0; column < weight[row].length; column++) {
        weight[row][column] += scale * delta[row][column];
      }
    }
    return new Dense(weight, base.bias);
  }
}
