package dev.fader.generate;

import dev.fader.grad.Invocation;
import dev.fader.model.RowUse;
import java.util.Optional;

/// From where on one sequence uses the adapters that act behind their invocation.
///
/// Tokens that are read together count together: what stands before the last invocation among all
/// tokens so far is read without the adapter, as in peft. What was read earlier stays as it was.
final class Invocations {
  private static final int NEVER = Integer.MAX_VALUE;

  private final RowUse use;
  private final boolean waits;
  private final int[] from; // by adapter: the position of the last invocation

  Invocations(RowUse use) {
    this.use = use;
    this.waits = use.waits();
    this.from = new int[use.count()];
  }

  /// Whether there is anything to look for.
  boolean waits() {
    return waits;
  }

  /// Looks for invocations before tokens are read.
  ///
  /// @param text what was read, of `known` tokens, and what will be read, up to `end`
  /// @param oneByOne whether each token is read as if the next was not known
  void look(Invocation.Text text, int known, int end, boolean oneByOne) {
    for (int number = 0; number < from.length; number++) {
      var invocation = use.invocations().get(number);
      from[number] = invocation.isEmpty() ? 0 : from(invocation.get(), text, known, end, oneByOne);
    }
  }

  private static int from(
      Invocation invocation, Invocation.Text text, int known, int end, boolean oneByOne) {
    if (!oneByOne) {
      int last = invocation.last(text, 0, end);
      return last < 0 ? NEVER : last;
    }
    for (int position = known; position < end; position++) {
      if (invocation.last(text, 0, position + 1) >= 0) {
        return position;
      }
    }
    return NEVER;
  }

  /// Whether the token at `position` uses an adapter.
  boolean isInvoked(int number, int position) {
    return !waits || position >= from[number];
  }

  /// How many tokens at the beginning of a text are before all invocations.
  int firstIn(int[] text) {
    int first = text.length;
    if (!waits) {
      return first;
    }
    for (Optional<Invocation> invocation : use.invocations()) {
      if (invocation.isPresent()) {
        int at = invocation.get().first(index -> text[index], text.length);
        first = at < 0 ? first : Math.min(first, at);
      }
    }
    return first;
  }
}
