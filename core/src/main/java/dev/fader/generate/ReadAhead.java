package dev.fader.generate;

import dev.fader.grammar.GrammarMatcher;
import java.util.Arrays;
import java.util.Optional;

/// Reads the text of a generation and samples its next token. With a drafter it reads the drafted
/// tokens together with the last one, in one pass; those that turn out right need no pass of their
/// own.
final class ReadAhead {
  private static final float[] NONE = {};

  private final Session session;
  private final Sampler sampler;
  private final Optional<Drafter> drafter;
  private final Draft draft;
  private final int[] tokens = new int[SessionPool.FEW]; // the last one and the draft
  private float[][] rows; // logits after the last token that was read alone, then after the draft's
  private int read; // tokens of the text that rows[0] stands for
  private int row; // drafted tokens that were right
  private int limit; // tokens of the next draft
  private int passes;
  private int drafted;
  private int accepted;

  /// @param draft that the drafter fills
  ReadAhead(Session session, Sampler sampler, Optional<Drafter> drafter, Draft draft) {
    this.session = session;
    this.sampler = sampler;
    this.drafter = drafter;
    this.draft = draft;
    this.limit = drafter.map(Drafter::draftTokens).orElse(0);
    this.rows = new float[1][0];
  }

  /// Begins after what the session has read.
  ///
  /// @param logits of the next token
  void begin(float[] logits) {
    rows[0] = logits;
    read = session.length();
  }

  /// The next token.
  int next(int[] text, int length, Optional<GrammarMatcher> matcher) {
    var logits = rows[row];
    if (matcher.isPresent()) {
      matcher.get().mask(logits);
    }
    return row < draft.count() && draft.isSampled()
        ? sampler.verify(logits, text, length, draft.token(row), draft.distribution(row))
        : sampler.next(logits, text, length);
  }

  /// Whether the text ends with this token.
  boolean isEnd(int id) {
    return draft.isEnd(id);
  }

  /// Goes on after the last of the first `length` tokens of `text`, which is new.
  ///
  /// @param more tokens that may be written yet, at least 1
  void advance(int[] text, int length, int more, Optional<GrammarMatcher> matcher) {
    int id = text[length - 1];
    if (row < draft.count() && draft.token(row) == id) {
      row++;
      accepted++;
      return;
    }
    forgetRest();
    passes++;
    if (drafter.isEmpty()) {
      rows[0] = session.append(id);
    } else {
      adapt(drafter.get());
      draft.begin(session.tokensAtOnce(Math.min(limit + 1, more)) - 1, matcher);
      if (!draft.isFull()) {
        drafter.get().draft(draft, text, length);
      }
      drafted += draft.count();
      readDraft(id);
    }
    read = length;
    row = 0;
  }

  /// Truncates the session to what became part of the text.
  void forgetRest() {
    if (session.length() > read + row) {
      session.truncate(read + row);
    }
  }

  /// Longer drafts while the last was right, shorter ones otherwise, as assisted generation in
  /// transformers has it.
  private void adapt(Drafter drafting) {
    if (draft.count() > 0) {
      boolean right = row == draft.count();
      limit = Math.clamp(limit + (right ? 2 : -1), 1, drafting.draftTokens());
    }
  }

  private void readDraft(int id) {
    int count = draft.count() + 1;
    tokens[0] = id;
    for (int i = 1; i < count; i++) {
      tokens[i] = draft.token(i - 1);
    }
    if (rows.length < count) {
      int before = rows.length;
      rows = Arrays.copyOf(rows, count);
      Arrays.fill(rows, before, count, NONE);
    }
    session.readInto(rows, tokens, count);
  }

  /// What the drafts have been good for, if there were any.
  Optional<Acceptance> acceptance() {
    return drafter.map(some -> new Acceptance(passes, drafted, accepted));
  }
}
