package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// DRY's sequence breakers as tokens: tokens that contain a breaker, and tokens that end with the
/// beginning of one, with the tokens that complete it.
final class SequenceBreakers {
  /// Maximum lengths of a breaker, those of llama.cpp.
  private static final int LONGEST_TEXT = 40;

  private static final int LONGEST_TAIL = 20;

  private static final int[][] NONE = {};

  private final int[] firsts; // the tokens that breakers begin with, rising
  private final int[][][] tails; // of each, what may follow it

  SequenceBreakers(List<String> texts, Optional<Tokenizer> tokenizer) {
    var found = new TreeMap<Integer, List<int[]>>();
    tokenizer.ifPresent(known -> {
      for (var text : texts) {
        find(text.substring(0, Math.min(text.length(), LONGEST_TEXT)), known, found);
      }
    });
    this.firsts = new int[found.size()];
    this.tails = new int[found.size()][][];
    int at = 0;
    for (var entry : found.entrySet()) {
      firsts[at] = entry.getKey();
      tails[at++] = entry.getValue().toArray(NONE);
    }
  }

  private static void find(String text, Tokenizer tokenizer, Map<Integer, List<int[]>> found) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      var piece = tokenizer.bytes(id);
      for (int at = 0; at < piece.length; at++) {
        int common = Math.min(bytes.length, piece.length - at);
        if (Arrays.equals(piece, at, at + common, bytes, 0, common)) {
          add(found, id, tail(bytes, common, tokenizer));
          if (common == bytes.length) {
            break;
          }
        }
      }
    }
  }

  private static int[] tail(byte[] breaker, int from, Tokenizer tokenizer) {
    var rest = new String(breaker, from, breaker.length - from, StandardCharsets.UTF_8);
    var tail = rest.isEmpty() ? new int[0] : tokenizer.encode(rest);
    return tail.length <= LONGEST_TAIL ? tail : Arrays.copyOf(tail, LONGEST_TAIL);
  }

  private static void add(Map<Integer, List<int[]>> found, int id, int[] tail) {
    var known = found.computeIfAbsent(id, first -> new ArrayList<>());
    if (known.stream().noneMatch(other -> Arrays.equals(other, tail))) {
      known.add(tail);
    }
  }

  private int[][] tailsOf(int id) {
    int at = Arrays.binarySearch(firsts, id);
    return at < 0 ? NONE : tails[at];
  }

  /// Whether the token contains a whole breaker.
  boolean isBreaker(int id) {
    for (var tail : tailsOf(id)) {
      if (tail.length == 0) {
        return true;
      }
    }
    return false;
  }

  /// How many tokens follow the last breaker.
  ///
  /// @param backwards the text, the last token first, of which the first `count` count
  int distance(int[] backwards, int count) {
    for (int i = 0; i < count; i++) {
      int longest = longestAt(backwards, i);
      if (longest >= 0) {
        return i - longest;
      }
    }
    return count;
  }

  /// The longest tail that follows the token at `first`, or -1 if no breaker begins there.
  private int longestAt(int[] backwards, int first) {
    int longest = -1;
    for (var tail : tailsOf(backwards[first])) {
      if (tail.length > longest && follows(tail, backwards, first)) {
        longest = tail.length;
      }
    }
    return longest;
  }

  private static boolean follows(int[] tail, int[] backwards, int first) {
    if (tail.length > first) {
      return false;
    }
    for (int i = 0; i < tail.length; i++) {
      if (tail[i] != backwards[first - 1 - i]) {
        return false;
      }
    }
    return true;
  }
}
