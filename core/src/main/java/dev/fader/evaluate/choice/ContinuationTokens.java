package dev.fader.evaluate.choice;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;

/// A text and one that follows it as tokens, divided as lm-evaluation-harness does.
///
/// Both are encoded together, since a token may span the border; what the first text has tokens for
/// when it is alone counts as the first. White space at its end belongs to the second.
final class ContinuationTokens {
  private static final int NEXT_LINE = 0x85; // which Python takes for white space, too

  private final int[] before;
  private final int[] continuation;
  private final int cut;

  private ContinuationTokens(int[] before, int[] continuation, int cut) {
    this.before = before;
    this.continuation = continuation;
    this.cut = cut;
  }

  /// The tokens of `context` and `continuation`.
  ///
  /// @param start what to begin with where `context` is empty
  /// @throws IllegalArgumentException if the continuation has no tokens of its own
  static ContinuationTokens of(
      Tokenizer tokenizer, int[] start, String context, String continuation) {
    if (context.isEmpty()) {
      return afterStart(start, tokenizer.encode(continuation), continuation);
    }
    int end = context.length();
    while (end > 0 && isSpace(context.charAt(end - 1))) {
      end--;
    }
    int[] whole = tokenizer.withPrefixTokens(tokenizer.encode(context + continuation));
    int[] alone = tokenizer.withPrefixTokens(tokenizer.encode(context.substring(0, end)));
    if (alone.length == 0) {
      return afterStart(start, whole, continuation);
    }
    requireTokens(whole.length - alone.length, continuation);
    return new ContinuationTokens(alone, Arrays.copyOfRange(whole, alone.length, whole.length), 0);
  }

  /// The tokens of `continuation` behind others, encoded by itself.
  ///
  /// @param before at least one
  /// @throws IllegalArgumentException if the continuation has no tokens
  static ContinuationTokens after(int[] before, Tokenizer tokenizer, String continuation) {
    int[] ids = tokenizer.encode(continuation);
    requireTokens(ids.length, continuation);
    return new ContinuationTokens(before, ids, 0);
  }

  private static ContinuationTokens afterStart(int[] start, int[] ids, String continuation) {
    if (start.length == 0) {
      throw new IllegalArgumentException(
          "there is nothing before '%s', and this model has no token that texts begin with"
              .formatted(continuation));
    }
    boolean begins = ids.length > 0 && start.length == 1 && ids[0] == start[0];
    int[] rest = begins ? Arrays.copyOfRange(ids, 1, ids.length) : ids;
    requireTokens(rest.length, continuation);
    return new ContinuationTokens(start, rest, 0);
  }

  private static void requireTokens(int count, String continuation) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "'%s' has no token of its own: the text before it already takes them all"
              .formatted(continuation));
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE;
  }

  /// The same without the first tokens that are too many for a model, which does not have to read
  /// the last.
  ///
  /// @throws IllegalArgumentException if not even the continuation fits
  ContinuationTokens within(int context) {
    int excess = before.length + continuation.length - 1 - context;
    if (excess <= 0) {
      return this;
    }
    if (excess >= before.length) {
      throw new IllegalArgumentException(
          "a choice of %d tokens does not fit the context of %d"
              .formatted(continuation.length, context));
    }
    return new ContinuationTokens(
        Arrays.copyOfRange(before, excess, before.length), continuation, excess);
  }

  /// The tokens before the continuation, at least one. Not to be changed.
  int[] before() {
    return before;
  }

  /// The tokens of the continuation, at least one. Not to be changed.
  int[] continuation() {
    return continuation;
  }

  /// How many were left out from the beginning.
  int cut() {
    return cut;
  }
}
