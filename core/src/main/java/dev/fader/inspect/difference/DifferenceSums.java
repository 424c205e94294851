package dev.fader.inspect.difference;

/// Sums over the numbers of two tensors, in double.
final class DifferenceSums {
  double first;
  double second;
  double product;
  double difference;

  /// Of `4^exponent` of the second's numbers: what rounding to a type with so many bits costs is a
  /// share of it.
  double binades;

  long changed;
  long count;

  void clear() {
    first = 0;
    second = 0;
    product = 0;
    difference = 0;
    binades = 0;
    changed = 0;
    count = 0;
  }

  /// Adds the first numbers of two arrays.
  void add(float[] a, float[] b, int length) {
    double sumA = 0;
    double sumB = 0;
    double sumAb = 0;
    double sumD = 0;
    double sumE = 0;
    int unequal = 0;
    for (int i = 0; i < length; i++) {
      double x = a[i];
      double y = b[i];
      double d = y - x;
      double power = Float.intBitsToFloat(Float.floatToRawIntBits(b[i]) & 0x7f80_0000);
      sumA += x * x;
      sumB += y * y;
      sumAb += x * y;
      sumD += d * d;
      sumE += power * power;
      unequal += d == 0 ? 0 : 1;
    }
    first += sumA;
    second += sumB;
    product += sumAb;
    difference += sumD;
    binades += sumE;
    changed += unequal;
    count += length;
  }

  /// Adds what comes after.
  void add(DifferenceSums later) {
    first += later.first;
    second += later.second;
    product += later.product;
    difference += later.difference;
    binades += later.binades;
    changed += later.changed;
    count += later.count;
  }

  /// Whether no infinity and no NaN is among the numbers.
  boolean isFinite() {
    return Double.isFinite(first + second + difference);
  }

  double cosine() {
    double both = Math.sqrt(first) * Math.sqrt(second);
    return both == 0 ? (first == second ? 1 : 0) : Math.clamp(product / both, -1.0, 1.0);
  }
}
