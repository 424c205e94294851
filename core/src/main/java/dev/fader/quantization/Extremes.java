package dev.fader.quantization;

/// The ends of the range that a block must cover.
final class Extremes {
  private Extremes() {}

  /// The number of largest magnitude, with its sign; the first of several.
  static float largest(float[] numbers, int start, int count) {
    float largest = 0;
    for (int i = start; i < start + count; i++) {
      if (Math.abs(numbers[i]) > Math.abs(largest)) {
        largest = numbers[i];
      }
    }
    return largest;
  }

  static float minimum(float[] numbers, int start, int count) {
    float minimum = numbers[start];
    for (int i = start + 1; i < start + count; i++) {
      minimum = Math.min(minimum, numbers[i]);
    }
    return minimum;
  }

  static float maximum(float[] numbers, int start, int count) {
    float maximum = numbers[start];
    for (int i = start + 1; i < start + count; i++) {
      maximum = Math.max(maximum, numbers[i]);
    }
    return maximum;
  }
}
