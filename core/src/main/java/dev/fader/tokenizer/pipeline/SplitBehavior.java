package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.Words;
import dev.fader.tokenizer.pattern.MatchFinder;

/// What becomes of the matches of a pattern that cuts words, by the names of Hugging Face's
/// `tokenizers`.
public enum SplitBehavior {
  /// They are words of their own.
  ISOLATED,
  /// They are left out.
  REMOVED,
  /// They are words, neighbours of one kind as one.
  CONTIGUOUS,
  /// They end the word before.
  MERGED_WITH_PREVIOUS,
  /// They begin the word after.
  MERGED_WITH_NEXT;

  /// Cuts `text[from, to)` and adds its words.
  ///
  /// @param inverted whether what lies between the matches counts as matching, and they do not
  void cut(MatchFinder finder, Words words, int[] range, boolean inverted) {
    int first = words.count;
    int at = range[0];
    boolean previous = false;
    finder.start(words.text, range[0], range[1]);
    while (finder.next()) {
      if (finder.matchStart() > at) {
        add(words, first, new Part(at, finder.matchStart(), inverted, previous));
        previous = inverted;
      }
      add(words, first, new Part(finder.matchStart(), finder.matchEnd(), !inverted, previous));
      previous = !inverted;
      at = finder.matchEnd();
    }
    if (at < range[1]) {
      add(words, first, new Part(at, range[1], inverted, previous));
    }
    words.dropEmpty(first);
  }

  /// A part of the text that matches or does not, and whether the one before did.
  private record Part(int start, int end, boolean matches, boolean previous) {}

  private void add(Words words, int first, Part part) {
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
