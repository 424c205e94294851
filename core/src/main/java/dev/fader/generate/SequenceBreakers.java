package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// DRY's sequence breakers as tokens: tokens that contain a breaker, and tokens that end with the
/// beginning of one, with the tokens that complete it.
final class SequenceBreakers {
  /// Maximum lengths of a breaker, those of llama.cpp.
  private static final int LONGEST_TEXT = 40;

  private static final int LONGEST_TAIL = 20;

  private final Map<Integer, List<int[]>> tails = new HashMap<>(); // by their first token

  SequenceBreakers(List<String> texts, Optional<Tokenizer> tokenizer) {
    tokenizer.ifPresent(known -> {
      for (var text : texts) {
        add(text.substring(0, Math.min(text.length(), LONGEST_TEXT)), known);
      }
    });
  }

  private void add(String text, Tokenizer tokenizer) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      var piece = tokenizer.bytes(id);
      for (int at = 0; at < piece.length; at++) {
        int common = Math.min(bytes.length, piece.length - at);
        if (Arrays.equals(piece, at, at + common, bytes, 0, common)) {
          add(id, tail(bytes, common, tokenizer));
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

  private void add(int id, int[] tail) {
    var known = tails.computeIfAbsent(id, first -> new ArrayList<>());
    if (known.stream().noneMatch(other -> Arrays.equals(other, tail))) {
      known.add(tail);
    }
  }

  /// Whether the token contains a whole breaker.
  boolean isBreaker(int id) {
    for (var tail : tails.getOrDefault(id, List.of())) {
      if (tail.length == 0) {
        return true;
      }
    }
    return false;
  }

  /// How many tokens follow the last breaker.
  ///
  /// @param backwards the text, the last token first
  int distance(int[] backwards) {
    for (int i = 0; i < backwards.length; i++) {
      int longest = longestAt(backwards, i);
      if (longest >= 0) {
        return i - longest;
      }
    }
    return backwards.length;
  }

  /// The longest tail that follows the token at `first`, or -1 if no breaker begins there.
  private int longestAt(int[] backwards, int first) {
    int longest = -1;
    for (var tail : tails.getOrDefault(backwards[first], List.of())) {
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
