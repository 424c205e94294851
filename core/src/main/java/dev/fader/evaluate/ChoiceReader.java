package dev.fader.evaluate;

import dev.fader.evaluate.choice.ChoiceScorer;
import dev.fader.evaluate.choice.Likelihood;
import dev.fader.generate.SessionPool;
import java.util.List;

/// Lets a model read the choices of items. Owned by one caller.
public final class ChoiceReader implements AutoCloseable {
  private final TaskPrompts prompts;
  private final ChoiceScorer scorer;

  /// A reader with a session of its own.
  ///
  /// @param context tokens to read at most, no more than the model's context
  @SuppressWarnings("exports") // of what computes, which only Fader's own modules see
  public ChoiceReader(TaskPrompts prompts, SessionPool pool, int context) {
    this.prompts = prompts;
    this.scorer = new ChoiceScorer(pool, prompts.tokenizer(), prompts.start(), context);
  }

  /// How likely the model finds each choice after the prompt.
  ///
  /// @throws TaskException if a choice has no tokens of its own or does not fit
  public List<Likelihood> likelihoods(TaskItem.Choice item) {
    try {
      return switch (item.prompt()) {
        case TaskPrompt.Text(var text) -> scorer.score(text, item.continuations());
        case TaskPrompt.Question question -> scorer.score(question.text(), item.continuations());
        case TaskPrompt.Chat _, TaskPrompt.Request _ ->
            scorer.score(prompts.tokens(item), item.continuations());
      };
    } catch (IllegalArgumentException wrong) {
      throw new TaskException(item.place(), String.valueOf(wrong.getMessage()));
    }
  }

  /// Gives the memory of the session back; the pool stays.
  @Override
  public void close() {
    scorer.close();
  }
}
