package dev.fader.tokenizer.pattern;

import static dev.fader.tokenizer.pattern.RegexNode.Greed.GREEDY;

import java.util.Optional;
import java.util.regex.PatternSyntaxException;

/// What to look for in text. Immutable; each search has a [MatchFinder] of its own. Every search
/// takes time linear in the text, whatever the pattern.
public final class TextPattern {
  private static final CodePointSet SPACES =
      CodePointSet.builder().named(new CodePointSet.Space()).build();

  private final What what;
  private Optional<RegexNode> form = Optional.empty(); // made when it is first compared

  private TextPattern(What what) {
    this.what = what;
  }

  private sealed interface What {}

  private record Known(SplitPattern pattern) implements What {}

  private record Expression(RegexProgram program, String regex) implements What {}

  private record Literal(String text) implements What {}

  private record OneOf(CodePointSet set) implements What {}

  /// A regular expression. Those of well-known tokenizers are followed by hand-written loops.
  ///
  /// @throws PatternSyntaxException if it is not valid, or uses something that is not known here
  public static TextPattern regex(String regex) {
    return SplitPattern.spelled(regex)
        .map(TextPattern::known)
        .orElseGet(() -> new TextPattern(new Expression(new RegexProgram(regex), regex)));
  }

  /// A regular expression, never followed by a hand-written loop.
  static TextPattern interpreted(String regex) {
    return new TextPattern(new Expression(new RegexProgram(regex), regex));
  }

  public static TextPattern known(SplitPattern pattern) {
    return new TextPattern(new Known(pattern));
  }

  /// This text, which is not empty.
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

  /// Each character that BERT takes for punctuation: general category P, and all of ASCII that is
  /// printable and neither letter nor digit.
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

  /// Whether both find the same matches in every text. Some spellings of one thing are not seen to
  /// be that: then the answer is no.
  public boolean isSame(TextPattern other) {
    return RegexForm.areSame(form(), other.form());
  }

  /// Whether a run of matches of the other is one match of this.
  public boolean isRunOf(TextPattern other) {
    var run = new RegexNode.Repeat(other.form(), 1, RegexNode.Repeat.WITHOUT_END, GREEDY);
    return other.form() instanceof RegexNode.One && RegexForm.areSame(form(), run);
  }

  /// Whether its matches are all of every text.
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
    return switch (what) {
      case Known(SplitPattern pattern) -> RegexParser.parse(pattern.regex());
      case Expression(RegexProgram program, String regex) -> RegexParser.parse(regex);
      case Literal(String text) ->
          new RegexNode.Sequence(
              text.codePoints()
                  .mapToObj(CodePointSet::of)
                  .<RegexNode>map(RegexNode.One::new)
                  .toList());
      case OneOf(CodePointSet set) -> new RegexNode.One(set);
    };
  }

  /// A search for it.
  public MatchFinder finder() {
    return switch (what) {
      case Known(SplitPattern pattern) -> new MatchFinder.Scanner(pattern);
      case Expression(RegexProgram program, String regex) -> new RegexSearch(program);
      case Literal(String text) -> new MatchFinder.Literal(Utf8.bytes(text));
      case OneOf(CodePointSet set) -> new MatchFinder.OneOf(set);
    };
  }

  /// The hand-written loop that follows it, if it is one of those: each of its matches begins where
  /// the one before ends, so that they are the whole text.
  public Optional<SplitPattern> covering() {
    return what instanceof Known(SplitPattern pattern) ? Optional.of(pattern) : Optional.empty();
  }
}
