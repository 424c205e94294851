package dev.fader.generate;

import dev.fader.grammar.GrammarException;
import dev.fader.grammar.GrammarMatcher;
import java.util.List;
import java.util.Optional;

/// Tokens that may come next. It takes only what could be written: nothing after the end of the
/// text, and what the grammar allows.
final class Draft {
  private final int[] ends;
  private final int[] tokens = new int[Drafter.MOST_TOKENS];
  private final DraftDistribution[] distributions = new DraftDistribution[Drafter.MOST_TOKENS];
  private Optional<GrammarMatcher> matcher = Optional.empty();
  private int most;
  private int count;
  private boolean sampled;

  Draft(List<Integer> ends) {
    this.ends = ends.stream().mapToInt(Integer::intValue).toArray();
    for (int i = 0; i < distributions.length; i++) {
      distributions[i] = new DraftDistribution();
    }
  }

  /// Begins another one of up to `most` tokens.
  void begin(int most, Optional<GrammarMatcher> matcher) {
    this.most = most;
    this.matcher = matcher.map(GrammarMatcher::fork);
    this.count = 0;
    this.sampled = false;
  }

  /// Masks the tokens that the grammar does not allow next; false if the draft ends here, because
  /// nothing is allowed or to know it takes too much work.
  boolean mask(float[] logits) {
    try {
      if (matcher.isPresent()) {
        matcher.get().mask(logits);
      }
      return true;
    } catch (GrammarException _) { // if it is true of the text, the text says so
      return false;
    }
  }

  /// Adds a token; false if the draft ends before it.
  boolean add(int id) {
    if (isFull() || isEnd(id)) {
      return false;
    }
    if (!isAllowed(id)) {
      return false;
    }
    tokens[count++] = id;
    return true;
  }

  private boolean isAllowed(int id) {
    try {
      return matcher.isEmpty() || matcher.get().acceptIfAllowed(id);
    } catch (GrammarException _) {
      return false;
    }
  }

  /// Whether a text ends with this token.
  boolean isEnd(int id) {
    for (int end : ends) {
      if (id == end) {
        return true;
      }
    }
    return false;
  }

  /// Whether nothing more can follow.
  boolean isFull() {
    return count == most || (matcher.isPresent() && matcher.get().isComplete());
  }

  /// Where the distribution of the token that is added next goes. A draft that never asks is one
  /// that was not sampled.
  DraftDistribution nextDistribution() {
    sampled = true;
    return distributions[count];
  }

  int count() {
    return count;
  }

  int token(int at) {
    return tokens[at];
  }

  /// Whether the tokens were sampled from distributions.
  boolean isSampled() {
    return sampled;
  }

  DraftDistribution distribution(int at) {
    return distributions[at];
  }
}
