package dev.fader.data;

/// A hash of a document's contents, which decides whether it is held out. It need not be
/// cryptographic, only well distributed.
final class ContentHash {
  private ContentHash() {}

  /// The hash so far with one more character, id or hash.
  static long add(long hash, long value) {
    return (Long.rotateLeft(hash, 5) ^ value) * 0x517cc1b727220a95L; // FxHash of rustc
  }

  /// Mixes the low bits into the high ones.
  static long finish(long hash) {
    return mix(hash);
  }

  /// SplitMix64's finalizer (Steele, Lea and Flood 2014): a bijection in which each bit of the
  /// argument changes about half of the result's.
  static long mix(long value) {
    long mixed = value + 0x9e3779b97f4a7c15L;
    mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
    return mixed ^ mixed >>> 31;
  }
}
