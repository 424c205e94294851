package dev.fader.tune;

import dev.fader.grad.Invocation;
import dev.fader.tune.example.TrainingExample;
import java.util.List;

/// The examples that teach an adapter which acts only behind its invocation (aLoRA): those that
/// have it before something that is learned.
///
/// @param invoked how many do
/// @param all examples that are learned from
public record InvokedExamples(long invoked, long all) {
  /// Counts them.
  ///
  /// @param tokens of the invocation
  public static InvokedExamples of(LearningData data, List<Integer> tokens) {
    var invocation = new Invocation(tokens);
    long invoked =
        switch (data) {
          case LearningData.Continuations(var training, _, _) ->
              training.stream().filter(text -> teaches(invocation, text)).count();
          case LearningData.Preferences(var training, _, _) ->
              training.stream()
                  .filter(pair ->
                      teaches(invocation, pair.chosen()) || teaches(invocation, pair.rejected()))
                  .count();
          case LearningData.Classifications(var training, _, _) ->
              training.stream()
                  .filter(text -> invocation.last(text.text()::id, 0, text.text().length()) >= 0)
                  .count();
        };
    return new InvokedExamples(invoked, all(data));
  }

  private static long all(LearningData data) {
    return switch (data) {
      case LearningData.Continuations(var training, _, _) -> training.size();
      case LearningData.Preferences(var training, _, _) -> training.size();
      case LearningData.Classifications(var training, _, _) -> training.size();
    };
  }

  /// Whether a token is learned behind the place where the adapter begins to act.
  private static boolean teaches(Invocation invocation, TrainingExample text) {
    int from = invocation.last(text::id, 0, text.inputs());
    for (int i = from + 1; from >= 0 && i < text.length(); i++) {
      if (text.isLearned(i)) {
        return true;
      }
    }
    return false;
  }
}
