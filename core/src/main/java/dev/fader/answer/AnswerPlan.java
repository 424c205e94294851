package dev.fader.answer;

import dev.fader.grammar.Grammar;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// How a chat model is asked something, and how its answer is read. Immutable.
public final class AnswerPlan {
  private final String text;
  private final int[] prompt;
  private final Optional<Grammar> grammar;
  private final List<Integer> ends;
  private final Supplier<AnswerParser> parser;

  AnswerPlan(
      String text,
      int[] prompt,
      Optional<Grammar> grammar,
      List<Integer> ends,
      Supplier<AnswerParser> parser) {
    this.text = text;
    this.prompt = prompt.clone();
    this.grammar = grammar;
    this.ends = List.copyOf(ends);
    this.parser = parser;
  }

  /// The text of the prompt.
  public String text() {
    return text;
  }

  /// The ids of its tokens, a copy.
  public int[] prompt() {
    return prompt.clone();
  }

  /// What the answer must be like, if it is asked to be like anything.
  public Optional<Grammar> grammar() {
    return grammar;
  }

  /// Ids of tokens that end an answer of the family, beside those that end any.
  public List<Integer> ends() {
    return ends;
  }

  /// A parser of one answer to this prompt.
  public AnswerParser parser() {
    return parser.get();
  }
}
