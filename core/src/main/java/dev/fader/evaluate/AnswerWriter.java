package dev.fader.evaluate;

import dev.fader.generate.Generation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.Session;
import java.util.ArrayList;
import java.util.Optional;

/// Lets a model answer items that ask for a text. Owned by one caller.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class AnswerWriter {
  private final TaskPrompts prompts;
  private final Session session;
  private final GenerationSettings settings;

  /// A writer on its own session.
  ///
  /// @param settings of every answer, which also ends where the model ends a text, and that to a
  ///   question at the end of a line
  public AnswerWriter(TaskPrompts prompts, Session session, GenerationSettings settings) {
    this.prompts = prompts;
    this.session = session;
    this.settings = settings;
  }

  /// Fails unless the item can be asked, without asking it.
  ///
  /// @throws TaskException if its prompt does not fit the session
  public void check(TaskItem.Answer item) {
    int tokens = prompts.tokens(item).length;
    if (tokens > session.capacity()) {
      throw new TaskException(
          item.place(),
          "a prompt of %d tokens does not fit the context of %d: shorten it"
              .formatted(tokens, session.capacity()));
    }
  }

  /// The model's answer.
  ///
  /// @throws TaskException if its prompt does not fit the session
  public Generation answer(TaskItem.Answer item) {
    check(item);
    var fitted = settings(item.prompt()).withEnds(prompts.ends(item.prompt()));
    return new Generator(session, Optional.of(prompts.tokenizer()), fitted)
        .generate(prompts.tokens(item), text -> {});
  }

  private GenerationSettings settings(TaskPrompt prompt) {
    if (!(prompt instanceof TaskPrompt.Question)) {
      return settings;
    }
    var stops = new ArrayList<>(settings.stops());
    stops.add("\n");
    return new GenerationSettings(
        settings.maxTokens(), stops, settings.ends(), settings.sampler(), settings.grammar());
  }
}
