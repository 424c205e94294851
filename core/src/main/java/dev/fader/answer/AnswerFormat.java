package dev.fader.answer;

import dev.fader.generate.ChatTemplate;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// What the answers of a chat model look like, found out from its chat template: how it calls tools
/// and how it marks its thoughts. Immutable.
public final class AnswerFormat {
  private final AnswerFamily family;
  private final Optional<CallSyntax> calls;
  private final Optional<ThoughtTags> thought;
  private final List<Tag> frames;
  private final List<Integer> ends;

  private AnswerFormat(String template, Optional<Tokenizer> tokenizer) {
    family = AnswerFamily.of(template);
    var syntaxes = new CallSyntaxes(template, text -> tag(text, tokenizer));
    calls = syntaxes.of(family);
    thought = syntaxes.thought(family);
    frames = syntaxes.frames(family);
    ends =
        CallSyntaxes.ends(family).stream()
            .map(text -> tokenizer.map(known -> known.id(text)).orElse(OptionalInt.empty()))
            .filter(OptionalInt::isPresent)
            .map(OptionalInt::getAsInt)
            .toList();
  }

  private AnswerFormat(AnswerFormat other, CallSyntax calls) {
    this.family = other.family;
    this.calls = Optional.of(calls);
    this.thought = other.thought;
    this.frames = other.frames;
    this.ends = other.ends;
  }

  /// The same, with calls as a model is told to write them, if its template knows none.
  AnswerFormat told() {
    return calls.isPresent() ? this : new AnswerFormat(this, BareJsonCalls.TOLD);
  }

  /// Whether calls are written as the model is told.
  boolean isTold() {
    return calls.filter(BareJsonCalls.TOLD::equals).isPresent();
  }

  /// The format of a template. Where the tokenizer has a token for a tag, the same letters written
  /// by other tokens are no tag.
  public static AnswerFormat of(ChatTemplate template, Tokenizer tokenizer) {
    return new AnswerFormat(template.source(true), Optional.of(tokenizer));
  }

  /// The format of the text of a template, for answers of which only the letters are known.
  public static AnswerFormat of(String template) {
    return new AnswerFormat(template, Optional.empty());
  }

  private static Tag tag(String text, Optional<Tokenizer> tokenizer) {
    var id = tokenizer.map(known -> known.id(text)).orElse(OptionalInt.empty());
    boolean added = id.isPresent() && tokenizer.orElseThrow().isAdded(id.getAsInt());
    return new Tag(text, added ? id : OptionalInt.empty());
  }

  /// How tools are called.
  public AnswerFamily family() {
    return family;
  }

  /// Whether the template knows calls of tools. Other models are told of them.
  public boolean callsTools() {
    return calls.isPresent();
  }

  /// Whether thoughts can stand before an answer.
  public boolean thinks() {
    return thought.isPresent();
  }

  /// How calls are written, if they are.
  Optional<CallSyntax> calls() {
    return calls;
  }

  /// The syntax of gpt-oss, if it is that.
  Optional<HarmonyCalls> harmony() {
    return calls.filter(HarmonyCalls.class::isInstance).map(HarmonyCalls.class::cast);
  }

  /// How thoughts are written, if they are.
  Optional<ThoughtTags> thought() {
    return thought;
  }

  /// Ids of tokens that end an answer of the family, beside those that end any.
  public List<Integer> ends() {
    return ends;
  }

  /// A parser of an answer that begins outside a thought and may call any tool.
  public AnswerParser parser() {
    return parser(Optional.of(DeclaredTools.UNKNOWN), false, new SplittableRandom());
  }

  /// @param tools that may be called, if any
  /// @param thinking whether the prompt has begun a thought
  AnswerParser parser(Optional<DeclaredTools> tools, boolean thinking, RandomGenerator random) {
    var ids = new CallIds(random, family == AnswerFamily.MISTRAL);
    var out = new AnswerWriter(ids);
    var reading =
        new Reading(
            out,
            tools.orElse(DeclaredTools.UNKNOWN),
            tools.isPresent() ? calls : Optional.empty(),
            thought,
            frames);
    if (thinking) {
      out.border();
      return new AnswerParser(out, new ThoughtSection(reading, false));
    }
    return new AnswerParser(
        out, calls.flatMap(all -> all.begun(reading)).orElseGet(reading::content));
  }
}
