package dev.fader.tokenizer.pattern;

import java.util.List;

/// A regular expression as a syntax tree.
sealed interface RegexNode {
  /// One code point of a set.
  record CodePoint(CodePointSet set) implements RegexNode {}

  record Sequence(List<RegexNode> parts) implements RegexNode {}

  /// The first alternative that leads to a match.
  record Choice(List<RegexNode> options) implements RegexNode {}

  /// A repetition of the body.
  ///
  /// @param least minimum count
  /// @param most maximum count, [#WITHOUT_END] for unlimited
  record Repeat(RegexNode body, int least, int most, Greed greed) implements RegexNode {
    static final int WITHOUT_END = -1;
  }

  enum Greed {
    GREEDY,
    LAZY,
    POSSESSIVE
  }

  /// Positive or negative lookahead.
  record LookAhead(RegexNode body, boolean negative) implements RegexNode {}

  /// Positive or negative lookbehind of one code point.
  record LookBehind(CodePointSet set, boolean negative) implements RegexNode {}

  /// A zero-width anchor.
  enum Anchor implements RegexNode {
    LINE_START,
    LINE_END,
    TEXT_START,
    TEXT_END,
    LAST_LINE_END,
    WORD_BOUNDARY,
    NOT_WORD_BOUNDARY
  }

  /// Whether it may match the empty text.
  static boolean mayBeEmpty(RegexNode node) {
    return switch (node) {
      case CodePoint one -> false;
      case Sequence(List<RegexNode> parts) -> parts.stream().allMatch(RegexNode::mayBeEmpty);
      case Choice(List<RegexNode> options) -> options.stream().anyMatch(RegexNode::mayBeEmpty);
      case Repeat repeat -> repeat.least == 0 || mayBeEmpty(repeat.body);
      case LookAhead ahead -> true;
      case LookBehind behind -> true;
      case Anchor place -> true;
    };
  }
}
