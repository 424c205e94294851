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
  private int toRead; // of `tokens`, in the coming pass
  private int end; // tokens of the text before the draft of the coming pass
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

  /// Logits of the next token.
  float[] logits() {
    return rows[row];
  }

  /// Whether the last of the first `length` tokens of `text`, which is new, is what was drafted, so
  /// that the logits after it are there. If not, [#read] or a batch is to read it next.
  ///
  /// @param more tokens that may be written yet, at least 1
  boolean isDecided(int[] text, int length, int more, Optional<GrammarMatcher> matcher) {
    int id = text[length - 1];
    if (row < draft.count() && draft.token(row) == id) {
      row++;
      accepted++;
      return true;
    }
    forgetRest();
    passes++;
    tokens[0] = id;
    toRead = 1;
    if (drafter.isPresent()) {
      adapt(drafter.get());
      draft.begin(session.tokensAtOnce(Math.min(limit + 1, more)) - 1, matcher);
      if (!draft.isFull()) {
        drafter.get().draft(draft, text, length);
      }
      drafted += draft.count();
      prepareRows();
    }
    end = length;
    return false;
  }

  /// Reads what is to be read next, alone.
  void read() {
    if (drafter.isEmpty()) {
      rows[0] = session.append(tokens[0]);
    } else {
      session.readInto(rows, tokens, toRead);
    }
    note();
  }

  /// Adds what is to be read next.
  void addTo(SessionBatch batch) {
    if (drafter.isEmpty()) {
      batch.add(session, tokens[0]);
    } else {
      batch.addFew(session, rows, tokens, toRead);
    }
  }

  /// Goes on after what a batch has read.
  void wasRead() {
    if (drafter.isEmpty()) {
      rows[0] = session.logits();
    }
    note();
  }

  private void note() {
    read = end;
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

  private void prepareRows() {
    toRead = draft.count() + 1;
    for (int i = 1; i < toRead; i++) {
      tokens[i] = draft.token(i - 1);
    }
    if (rows.length < toRead) {
      int before = rows.length;
      rows = Arrays.copyOf(rows, toRead);
      Arrays.fill(rows, before, toRead, NONE);
    }
  }

  /// What the drafts have been good for, if there were any.
  Optional<Acceptance> acceptance() {
    return drafter.map(some -> new Acceptance(passes, drafted, accepted));
  }
}
