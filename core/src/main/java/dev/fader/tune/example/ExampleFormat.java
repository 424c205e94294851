package dev.fader.tune.example;

import java.util.Optional;
import java.util.Set;

/// How examples are written down. A line is recognised by the names of its fields.
public enum ExampleFormat {
  PREFERENCE("preference pairs (chosen, rejected)", "chosen", "rejected"),
  MESSAGES("conversations (messages)", "messages", "messages"),
  SHAREGPT("conversations of ShareGPT (conversations)", "conversations", "conversations"),
  PROMPT_COMPLETION("prompts and completions", "prompt", "completion"),
  ALPACA("instructions of Alpaca (instruction, input, output)", "instruction", "output"),
  LABELLED_TEXT("texts with labels (text, label)", "text", "label"),
  LABELLED_IDS("token ids with labels (ids, label)", "ids", "label"),
  IDS("token ids", "ids", "ids"),
  TEXT("plain texts", "text", "text");

  static final String LABEL = "label";

  /// Another name for it, usual where there are several.
  static final String LABELS = "labels";

  private final String words;
  private final String field;
  private final String other; // the same where one field tells

  ExampleFormat(String words, String field, String other) {
    this.words = words;
    this.field = field;
    this.other = other;
  }

  /// The format in words, such as `conversations (messages)`.
  public String words() {
    return words;
  }

  /// The first format all of whose fields are there.
  static Optional<ExampleFormat> recognise(Set<String> present) {
    for (var format : values()) {
      if (present.contains(format.field) && format.hasOther(present)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  private boolean hasOther(Set<String> present) {
    return present.contains(other) || (other.equals(LABEL) && present.contains(LABELS));
  }
}
