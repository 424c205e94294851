package dev.fader.data.quality;

/// Cuts texts into words, piece by piece, and hashes each: letters and digits in lower case, and
/// each Chinese character by itself. So neither spacing nor punctuation tells texts apart.
abstract class Words {
  private static final long OFFSET = 0xcbf29ce484222325L; // FNV-1a, 64 bits
  private static final long PRIME = 0x100000001b3L;

  private long word = OFFSET;
  private boolean begun;
  private char high;

  /// The next word.
  abstract void word(long hash);

  /// Reads on.
  final void read(String text) {
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (Character.isHighSurrogate(unit)) {
        high = unit;
        continue;
      }
      int point = Character.isLowSurrogate(unit) ? Character.toCodePoint(high, unit) : unit;
      if (Character.isIdeographic(point)) {
        end();
        add(point);
        end();
      } else if (Character.isLetterOrDigit(point)) {
        add(Character.toLowerCase(point));
      } else {
        end();
      }
    }
  }

  /// Ends the text.
  final void end() {
    if (begun) {
      word(mixed(word));
    }
    word = OFFSET;
    begun = false;
  }

  private void add(int point) {
    word = (word ^ point) * PRIME;
    begun = true;
  }

  /// A hash whose bits all depend on all of `hash` (the finaliser of splitmix64, Steele et al.
  /// 2014).
  static long mixed(long hash) {
    long mixed = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
