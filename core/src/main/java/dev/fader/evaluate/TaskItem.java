package dev.fader.evaluate;

import java.util.List;

/// Something that a model is asked, and what would be right.
public sealed interface TaskItem {
  /// Where it comes from, `FILE:LINE`.
  String place();

  TaskPrompt prompt();

  /// One that is answered by a text.
  ///
  /// @param references texts that would be right, at least one
  record Answer(String place, TaskPrompt prompt, List<String> references) implements TaskItem {
    public Answer {
      references = List.copyOf(references);
    }
  }

  /// One that is answered by the choice that is most likely.
  ///
  /// @param choices at least two, none of them empty
  /// @param delimiter between the prompt and a choice
  /// @param right the number of the right choice, from 0
  record Choice(String place, TaskPrompt prompt, List<String> choices, String delimiter, int right)
      implements TaskItem {
    public Choice {
      choices = List.copyOf(choices);
    }

    /// What a model is to find likely after the prompt: each choice behind the delimiter.
    public List<String> continuations() {
      return choices.stream().map(choice -> delimiter + choice).toList();
    }
  }
}
