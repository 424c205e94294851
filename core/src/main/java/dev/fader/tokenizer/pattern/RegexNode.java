package dev.fader.tokenizer.pattern;

import java.util.List;

/// A regular expression as a tree.
sealed interface RegexNode {
  /// One code point of a set.
  record One(CodePointSet set) implements RegexNode {}

  record Sequence(List<RegexNode> parts) implements RegexNode {}

  /// The first that leads to a match.
  record Choice(List<RegexNode> options) implements RegexNode {}

  /// The body again and again.
  ///
  /// @param least how often at least
  /// @param most how often at most, [#WITHOUT_END] for any number
  record Repeat(RegexNode body, int least, int most, Greed greed) implements RegexNode {
    static final int WITHOUT_END = -1;
  }

  enum Greed {
    GREEDY,
    LAZY,
    POSSESSIVE
  }

  /// What follows must, or must not, be as `body`.
  record Ahead(RegexNode body, boolean negative) implements RegexNode {}

  /// The code point before must, or must not, be of a set.
  record Behind(CodePointSet set, boolean negative) implements RegexNode {}

  /// A place in the text.
  enum Place implements RegexNode {
    LINE_START,
    LINE_END,
    TEXT_START,
    TEXT_END,
    LAST_LINE_END,
    WORD_BORDER,
    NO_WORD_BORDER
  }

  /// Whether it may match without taking a character.
  static boolean mayBeEmpty(RegexNode node) {
    return switch (node) {
      case One one -> false;
      case Sequence(List<RegexNode> parts) -> parts.stream().allMatch(RegexNode::mayBeEmpty);
      case Choice(List<RegexNode> options) -> options.stream().anyMatch(RegexNode::mayBeEmpty);
      case Repeat repeat -> repeat.least == 0 || mayBeEmpty(repeat.body);
      case Ahead ahead -> true;
      case Behind behind -> true;
      case Place place -> true;
    };
  }
}
