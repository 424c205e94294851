package dev.fader.model;

import java.nio.charset.StandardCharsets;

/// Random numbers that are a function of a seed, the name of what they are for and their index, so
/// that they do not depend on threads or order.
///
/// @param key of seed and name
public record RandomNumbers(long key) {
  /// The numbers of `name`.
  public static RandomNumbers of(long seed, String name) {
    return new RandomNumbers(mix(seed ^ hash(name)));
  }

  /// Uniform in (0, 1), without the ends.
  public double uniform(long index) {
    return ((mix(key + index * 0x9e3779b97f4a7c15L) >>> 11) + 0.5) * 0x1.0p-53;
  }

  /// Normal with mean 0 and deviation 1.
  public double normal(long index) {
    return NormalQuantile.of(uniform(index));
  }

  /// The finalizer of SplitMix64 (Steele et al. 2014).
  private static long mix(long value) {
    long z = value;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /// FNV-1a.
  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }
}
