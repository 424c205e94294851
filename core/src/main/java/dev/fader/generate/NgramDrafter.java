package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/// Drafts what followed the last tokens of the text where they stood before, in the prompt or in
/// what was written: prompt lookup decoding (Saxena 2023). The longest n-gram that is found counts,
/// of several places the last.
///
/// Its drafts have no distribution: the model samples each token as if there was no draft, and a
/// draft that guessed it saves a pass. So the text is the same for the same seed.
public final class NgramDrafter extends Drafter {
  /// Places with the same hash that are looked at.
  private static final int MOST_PLACES = 16;

  private final int longest;
  private final int shortest;
  private int[][] latest = {}; // by n, then hash: the last place, which is where the n-gram ends
  private int[][] earlier = {}; // by n, then place: the place before with the same hash
  private int indexed; // n-grams that end before this place are in the index

  /// Drafts of up to `draftTokens` after n-grams of two to four tokens.
  public NgramDrafter(int draftTokens) {
    this(draftTokens, 4, 2);
  }

  /// @param draftTokens tokens of a draft at most, from 1 to 15
  /// @param longest tokens of the n-gram that is looked for first, at most 16
  /// @param shortest tokens of the last one, at least 1
  /// @throws IllegalArgumentException if one is out of range
  public NgramDrafter(int draftTokens, int longest, int shortest) {
    super(draftTokens);
    if (shortest < 1 || longest < shortest || longest > 16) {
      throw new IllegalArgumentException(
          "n-grams of %d to %d tokens: give lengths from 1 to 16, the shortest first"
              .formatted(shortest, longest));
    }
    this.longest = longest;
    this.shortest = shortest;
  }

  @Override
  void requireVocabulary(int size, Optional<Tokenizer> tokenizer) {
    // It only repeats what is there.
  }

  @Override
  void begin(DraftedText drafted) {
    indexed = 0;
    for (var places : latest) {
      Arrays.fill(places, 0);
    }
  }

  @Override
  void draft(Draft draft, int[] text, int length) {
    index(text, length);
    for (int n = Math.min(longest, length - 1); n >= shortest; n--) {
      int place = find(text, length, n);
      if (place > 0) {
        copy(draft, text, length, place);
        return;
      }
    }
  }

  /// What follows `place`; where that reaches the end of the text, the draft goes on with itself.
  private static void copy(Draft draft, int[] text, int length, int place) {
    for (int at = place; !draft.isFull(); at++) {
      if (!draft.add(at < length ? text[at] : draft.token(at - length))) {
        return;
      }
    }
  }

  /// The last place before the end of the text where its last `n` tokens end, or 0.
  private int find(int[] text, int length, int n) {
    int place = latest[n - shortest][slot(text, length, n)];
    for (int i = 0; i < MOST_PLACES && place > 0; i++) {
      if (Arrays.equals(text, place - n, place, text, length - n, length)) {
        return place;
      }
      place = earlier[n - shortest][place];
    }
    return 0;
  }

  /// Adds the n-grams that end before the end of the text.
  private void index(int[] text, int length) {
    grow(text.length);
    for (int place = Math.max(1, indexed); place < length; place++) {
      for (int n = shortest; n <= Math.min(longest, place); n++) {
        var places = latest[n - shortest];
        int slot = slot(text, place, n);
        earlier[n - shortest][place] = places[slot];
        places[slot] = place;
      }
    }
    indexed = Math.max(indexed, length);
  }

  private void grow(int capacity) {
    if (latest.length > 0 && earlier[0].length >= capacity) {
      return;
    }
    indexed = 0;
    int slots = Integer.highestOneBit(Math.max(64, capacity)) * 2;
    latest = new int[longest - shortest + 1][slots];
    earlier = new int[longest - shortest + 1][capacity];
  }

  private int slot(int[] text, int end, int n) {
    int hash = 0;
    for (int i = end - n; i < end; i++) {
      hash = (hash + text[i] + 1) * 0x9E3779B1; // Fibonacci hashing (Knuth, volume 3, 6.4)
    }
    return (hash >>> 8) & (latest[0].length - 1);
  }
}
