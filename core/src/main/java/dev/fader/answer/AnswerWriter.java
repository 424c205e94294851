package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// Collects the parts of an answer. White space around thoughts and calls belongs to none of them.
final class AnswerWriter {
  private enum Kind {
    NOTHING,
    CONTENT,
    REASONING,
    ARGUMENTS
  }

  private final CallIds ids;
  private List<AnswerPart> parts = new ArrayList<>();
  private final StringBuilder text = new StringBuilder(); // of the last part
  private final StringBuilder space = new StringBuilder(); // which may be the end of it
  private Kind kind = Kind.NOTHING; // of the part that goes on
  private Kind last = Kind.NOTHING; // also of one that was taken
  private String between = ""; // content, and content that goes on after a thought or call
  private boolean trims; // leading white space
  private boolean hasContent;
  private int calls;

  AnswerWriter(CallIds ids) {
    this.ids = ids;
  }

  void content(char letter) {
    write(Kind.CONTENT, letter);
  }

  void content(CharSequence letters) {
    for (int i = 0; i < letters.length(); i++) {
      content(letters.charAt(i));
    }
  }

  void reasoning(char letter) {
    write(Kind.REASONING, letter);
  }

  private void write(Kind wanted, char letter) {
    if (Character.isWhitespace(letter)) {
      if (!trims) {
        space.append(letter);
      }
      return;
    }
    if (wanted == Kind.CONTENT) {
      space.insert(0, trims && hasContent ? between : "");
      hasContent = true;
    }
    last = wanted;
    begin(wanted);
    text.append(space).append(letter);
    space.setLength(0);
    trims = false;
  }

  /// Notes that a thought or a call begins or ends here.
  void border() {
    if (last == Kind.CONTENT) {
      between = space.isEmpty() ? "\n" : space.toString();
    }
    space.setLength(0);
    trims = true;
  }

  /// How many calls there are.
  int calls() {
    return calls;
  }

  /// A call begins, with an id of our own.
  void call(String name) {
    call(ids.next(), name);
  }

  void call(String id, String name) {
    border();
    end();
    last = Kind.ARGUMENTS;
    parts.add(new AnswerPart.CallBegun(calls++, id, name));
  }

  /// The arguments of the last call go on.
  void arguments(CharSequence json) {
    begin(Kind.ARGUMENTS);
    text.append(json);
  }

  void arguments(char json) {
    begin(Kind.ARGUMENTS);
    text.append(json);
  }

  private void begin(Kind wanted) {
    if (kind != wanted) {
      end();
      kind = wanted;
    }
  }

  private void end() {
    if (!text.isEmpty()) {
      var written = text.toString();
      text.setLength(0);
      switch (kind) {
        case CONTENT -> parts.add(new AnswerPart.Content(written));
        case REASONING -> parts.add(new AnswerPart.Reasoning(written));
        case ARGUMENTS -> parts.add(new AnswerPart.CallArguments(calls - 1, written));
        case NOTHING -> throw new IllegalStateException("text of no kind: " + written);
      }
    }
    kind = Kind.NOTHING;
  }

  /// The parts since the last time.
  List<AnswerPart> take() {
    end();
    var taken = parts;
    parts = new ArrayList<>();
    return taken;
  }

  /// White space at the end of content is content.
  void finishContent() {
    if (!space.isEmpty()) {
      begin(Kind.CONTENT);
      text.append(space);
      space.setLength(0);
    }
  }
}
