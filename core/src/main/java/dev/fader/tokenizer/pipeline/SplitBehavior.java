package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.Words;
import dev.fader.tokenizer.pattern.MatchFinder;

/// Treatment of the matches of a split pattern, by the names of Hugging Face's `tokenizers`.
public enum SplitBehavior {
  /// Matches are separate words.
  ISOLATED,
  /// Matches are removed.
  REMOVED,
  /// Matches are words; adjacent ones are one word.
  CONTIGUOUS,
  /// A match belongs to the word before it.
  MERGED_WITH_PREVIOUS,
  /// A match belongs to the word after it.
  MERGED_WITH_NEXT;

  /// Splits `text[from, to)` and adds its words.
  ///
  /// @param inverted whether matches and the text between them swap roles
  void cut(MatchFinder finder, Words words, int[] range, boolean inverted) {
    int first = words.count;
    int at = range[0];
    boolean previous = false;
    finder.start(words.text, range[0], range[1]);
    while (finder.next()) {
      if (finder.matchStart() > at) {
        add(words, first, new Segment(at, finder.matchStart(), inverted, previous));
        previous = inverted;
      }
      add(words, first, new Segment(finder.matchStart(), finder.matchEnd(), !inverted, previous));
      previous = !inverted;
      at = finder.matchEnd();
    }
    if (at < range[1]) {
      add(words, first, new Segment(at, range[1], inverted, previous));
    }
    words.dropEmpty(first);
  }

  /// A part of the text that matches or does not, and whether the previous one did.
  private record Segment(int start, int end, boolean matches, boolean previous) {}

  private void add(Words words, int first, Segment part) {
    boolean joins =
        switch (this) {
          case ISOLATED, REMOVED -> false;
          case CONTIGUOUS -> part.matches == part.previous;
          case MERGED_WITH_PREVIOUS -> part.matches && !part.previous;
          case MERGED_WITH_NEXT -> !part.matches && part.previous;
        };
    if (joins && words.count > first) {
      words.ends[words.count - 1] = part.end;
    } else if (this != REMOVED || !part.matches) {
      words.add(part.start, part.end);
    }
  }
}
