package dev.fader.kernel.statistics;

/// Count, mean and central moments to the fourth of finite numbers, in double, of parts that are
/// measured apart and merged (Chan, Golub and LeVeque 1979; Pébay 2008, Sandia SAND2008-6212,
/// equations 2.1 and 3.1): nothing cancels, however far the mean is from zero.
public final class Moments {
  private long count;
  private double mean;
  private double second;
  private double third;
  private double fourth;

  /// Forgets everything.
  public void clear() {
    count = 0;
    mean = 0;
    second = 0;
    third = 0;
    fourth = 0;
  }

  /// Adds numbers of which the sums of powers of their distances from `pivot` are known. The nearer
  /// that is to their mean, the more exact the result.
  void addPowers(long added, double pivot, double s1, double s2, double s3, double s4) {
    double m = s1 / added;
    double mm = m * m;
    double ofSecond = Math.max(0, s2 - m * s1);
    double ofThird = s3 - 3 * m * s2 + 2 * added * mm * m;
    double ofFourth = Math.max(0, s4 - 4 * m * s3 + 6 * mm * s2 - 3 * added * mm * mm);
    merge(added, pivot + m, ofSecond, ofThird, ofFourth);
  }

  /// Adds a number `added` times.
  void addSame(long added, double value) {
    merge(added, value, 0, 0, 0);
  }

  /// Adds one number.
  public void add(double value) {
    merge(1, value, 0, 0, 0);
  }

  /// Adds what `other` has seen. The bits depend on the order in which parts are merged.
  public void add(Moments other) {
    if (other.count > 0) {
      merge(other.count, other.mean, other.second, other.third, other.fourth);
    }
  }

  private void merge(long added, double itsMean, double m2, double m3, double m4) {
    double a = count;
    double b = added;
    double n = a + b;
    double delta = itsMean - mean;
    double perN = delta / n;
    double between = delta * perN * a * b;
    fourth +=
        m4
            + between * perN * perN * (a * a - a * b + b * b)
            + 6 * perN * perN * (a * a * m2 + b * b * second)
            + 4 * perN * (a * m3 - b * third);
    third += m3 + between * perN * (a - b) + 3 * perN * (a * m2 - b * second);
    second += m2 + between;
    mean = count == 0 ? itsMean : mean + perN * b;
    count += added;
  }

  /// How many numbers there are.
  public long count() {
    return count;
  }

  /// The mean, 0 of nothing.
  public double mean() {
    return mean;
  }

  /// The standard deviation of these numbers, as a whole and not as a sample of others.
  public double deviation() {
    return count == 0 ? 0 : Math.sqrt(second / count);
  }

  /// The fourth central moment over the square of the second: 3 for normal numbers, more with heavy
  /// tails; NaN where all numbers are the same.
  public double kurtosis() {
    return fourth / second * count / second;
  }
}
