package dev.fader.tune.example;

import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/// A part of an example's text, all of which is learned or is not. The parts of an example, one
/// after the other, are its text, special tokens included.
///
/// @param tokens how many tokens it is. A character that several tokens make up belongs to the last
///   of them
public record TextRun(String text, boolean learned, int tokens) {
  /// The parts of an example.
  public static List<TextRun> of(TrainingExample example, Tokenizer tokenizer) {
    var runs = new ArrayList<TextRun>();
    var stream = tokenizer.textStream();
    var text = new StringBuilder();
    int from = 0;
    for (int i = 0; i < example.length(); i++) {
      if (example.isLearned(i) != example.isLearned(from)) {
        runs.add(new TextRun(text.toString(), example.isLearned(from), i - from));
        text.setLength(0);
        from = i;
      }
      text.append(stream.accept(example.id(i)));
    }
    text.append(stream.flush());
    runs.add(new TextRun(text.toString(), example.isLearned(from), example.length() - from));
    return runs;
  }
}
