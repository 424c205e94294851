package dev.fader.answer;

import dev.fader.generate.ChatTemplate;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/// What the answers of a chat model look like, found out from its chat template: how it calls tools
/// and how it marks its thoughts. Immutable.
public final class AnswerFormat {
  private final AnswerFamily family;
  private final Optional<CallSyntax> calls;
  private final Optional<ThoughtTags> thought;
  private final List<Integer> ends;

  private AnswerFormat(String template, Optional<Tokenizer> tokenizer) {
    family = AnswerFamily.of(template);
    calls = calls(family, tokenizer);
    thought =
        template.contains("</think>")
            ? Optional.of(new ThoughtTags(tag("<think>", tokenizer), tag("</think>", tokenizer)))
            : Optional.empty();
    ends = List.of();
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

  private static Optional<CallSyntax> calls(AnswerFamily family, Optional<Tokenizer> tokenizer) {
    return switch (family) {
      case PLAIN, HARMONY -> Optional.empty();
      case HERMES ->
          Optional.of(
              new JsonCalls(
                  tag("<tool_call>", tokenizer), Optional.of(tag("</tool_call>", tokenizer))));
      case LLAMA3 -> Optional.of(new BareJsonCalls(tag("<|python_tag|>", tokenizer)));
    };
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

  /// How calls are written, if they are.
  Optional<CallSyntax> calls() {
    return calls;
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
    return parser(Optional.of(DeclaredTools.UNKNOWN), false, ThreadLocalRandom.current());
  }

  /// @param tools that may be called, if any
  /// @param thinking whether the prompt has begun a thought
  AnswerParser parser(Optional<DeclaredTools> tools, boolean thinking, RandomGenerator random) {
    var out = new AnswerWriter(new CallIds(random, false));
    var reading =
        new Reading(
            out,
            tools.orElse(DeclaredTools.UNKNOWN),
            tools.isPresent() ? calls : Optional.empty(),
            thought);
    if (thinking) {
      out.border();
      return new AnswerParser(out, new ThoughtSection(reading));
    }
    return new AnswerParser(out, reading.content());
  }
}
