package dev.fader.tokenizer.pattern;

import static dev.fader.tokenizer.pattern.RegexNode.Greed.GREEDY;

import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/// A pattern to search text for. Immutable; each search has its own [MatchFinder]. Every search
/// takes time linear in the text, whatever the pattern.
public final class TextPattern {
  private static final CodePointSet SPACES =
      CodePointSet.builder().named(new CodePointSet.Space()).build();

  private final Matcher matcher;
  private Optional<RegexNode> form = Optional.empty(); // computed when it is first compared

  private TextPattern(Matcher matcher) {
    this.matcher = matcher;
  }

  private sealed interface Matcher {}

  private record HandWritten(SplitPattern pattern) implements Matcher {}

  private record Expression(RegexProgram program, String regex) implements Matcher {}

  private record Literal(String text) implements Matcher {}

  private record OneOf(CodePointSet set) implements Matcher {}

  /// A regular expression. Those of common tokenizers run as hand-written loops.
  ///
  /// @throws PatternSyntaxException if it is invalid or unsupported
  public static TextPattern regex(String regex) {
    return SplitPattern.spelled(regex)
        .map(TextPattern::known)
        .orElseGet(() -> new TextPattern(new Expression(new RegexProgram(regex), regex)));
  }

  /// A regular expression, never run as a hand-written loop.
  static TextPattern interpreted(String regex) {
    return new TextPattern(new Expression(new RegexProgram(regex), regex));
  }

  public static TextPattern known(SplitPattern pattern) {
    return new TextPattern(new HandWritten(pattern));
  }

  /// A literal text, not empty.
  public static TextPattern literal(String text) {
    return new TextPattern(new Literal(text));
  }

  /// Each white space character.
  public static TextPattern space() {
    return new TextPattern(new OneOf(SPACES));
  }

  /// Each character of general category N.
  public static TextPattern number() {
    return new TextPattern(new OneOf(ClassParser.property("N", new RegexText("\\p{N}"))));
  }

  /// Each character that BERT counts as punctuation: general category P, and all printable ASCII
  /// except letters and digits.
  public static TextPattern punctuation() {
    return new TextPattern(
        new OneOf(
            CodePointSet.builder()
                .add(ClassParser.property("P", new RegexText("\\p{P}")))
                .range('!', '/')
                .range(':', '@')
                .range('[', '`')
                .range('{', '~')
                .build()));
  }

  /// Whether both are known to find the same matches in every text; false where an equivalence is
  /// not recognized.
  public boolean isSame(TextPattern other) {
    return RegexForm.areSame(form(), other.form());
  }

  /// Whether a run of matches of the other is one match of this.
  public boolean isRunOf(TextPattern other) {
    var run = new RegexNode.Repeat(other.form(), 1, RegexNode.Repeat.WITHOUT_END, GREEDY);
    return other.form() instanceof RegexNode.CodePoint && RegexForm.areSame(form(), run);
  }

  /// Whether its matches cover every text.
  public boolean coversText() {
    return RegexForm.covers(form());
  }

  private RegexNode form() {
    if (form.isEmpty()) {
      form = Optional.of(RegexForm.of(tree()));
    }
    return form.get();
  }

  private RegexNode tree() {
    return switch (matcher) {
      case HandWritten(SplitPattern pattern) -> RegexParser.parse(pattern.regex());
      case Expression(RegexProgram program, String regex) -> RegexParser.parse(regex);
      case Literal(String text) ->
          new RegexNode.Sequence(
              text.codePoints()
                  .mapToObj(CodePointSet::of)
                  .<RegexNode>map(RegexNode.CodePoint::new)
                  .toList());
      case OneOf(CodePointSet set) -> new RegexNode.CodePoint(set);
    };
  }

  /// A new search.
  public MatchFinder finder() {
    return switch (matcher) {
      case HandWritten(SplitPattern pattern) -> new MatchFinder.Scanner(pattern);
      case Expression(RegexProgram program, String regex) -> new RegexSearch(program);
      case Literal(String text) -> new MatchFinder.Literal(Utf8.bytes(text));
      case OneOf(CodePointSet set) -> new MatchFinder.OneOf(set);
    };
  }

  /// The hand-written loop that runs it, if there is one: its matches are adjacent, so that they
  /// cover the text.
  public Optional<SplitPattern> covering() {
    return matcher instanceof HandWritten(SplitPattern pattern)
        ? Optional.of(pattern)
        : Optional.empty();
  }
}
