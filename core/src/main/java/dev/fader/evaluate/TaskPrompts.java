package dev.fader.evaluate;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.generate.TextDelimiters;
import dev.fader.model.file.LoadedModel;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;

/// How a model reads what it is asked: conversations in the format of its chat template, everything
/// else as text. Immutable.
public final class TaskPrompts {
  private final LoadedModel model;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;

  /// The prompts of a model.
  ///
  /// @param template without which conversations are refused
  /// @throws IllegalArgumentException if the model has no tokenizer
  public TaskPrompts(LoadedModel model, Optional<ChatTemplate> template) {
    this.model = model;
    this.tokenizer =
        model
            .tokenizer()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    model.path()
                        + " has no tokenizer, which tasks need: put its tokenizer.json beside"
                        + " config.json"));
    this.template = template;
  }

  /// The tokens that the model is asked with.
  ///
  /// @throws TaskException if it is a conversation and there is no template, or it is empty and no
  ///   token begins a text
  public int[] tokens(TaskItem item) {
    int[] tokens =
        switch (item.prompt()) {
          case TaskPrompt.Text(var text) -> tokens(text);
          case TaskPrompt.Request(var text) -> requested(text);
          case TaskPrompt.Question question -> tokens(question.text());
          case TaskPrompt.Chat(var conversation) ->
              requireTemplate(item.place()).tokens(conversation, tokenizer);
        };
    if (tokens.length == 0) {
      throw new TaskException(
          item.place(), "the prompt is empty, and this model has no token that texts begin with");
    }
    return tokens;
  }

  private ChatTemplate requireTemplate(String place) {
    return template.orElseThrow(() ->
        new TaskException(
            place,
            "\"messages\" need a chat template, and %s has none: give \"prompt\""
                .formatted(model.path())));
  }

  private int[] requested(String text) {
    return template.isPresent()
        ? template.get().tokens(Conversation.empty().with("user", text), tokenizer)
        : tokens(text);
  }

  private int[] tokens(String text) {
    return text.isEmpty()
        ? TextDelimiters.start(model)
        : tokenizer.withPrefixTokens(tokenizer.encode(text));
  }

  /// The tokens that end an answer.
  List<Integer> ends(TaskPrompt prompt) {
    return switch (prompt) {
      case TaskPrompt.Chat _ -> TextDelimiters.answerEnds(model);
      case TaskPrompt.Request _ when template.isPresent() -> TextDelimiters.answerEnds(model);
      case TaskPrompt.Request _, TaskPrompt.Text _, TaskPrompt.Question _ ->
          TextDelimiters.ends(model);
    };
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  /// The tokens to begin with where there is no text.
  int[] start() {
    return TextDelimiters.start(model);
  }
}
