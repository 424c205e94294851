package dev.fader.answer;

import java.util.List;
import java.util.Optional;

/// Letters that may still become a tag.
final class HeldText {
  /// What wrote a letter: pieces of text, the first letter of an added token, its other letters.
  static final byte PLAIN = 0;

  static final byte TOKEN = 1;
  static final byte WITHIN_TOKEN = 2;

  /// No tag is longer.
  private static final int LONGEST = 128;

  private final char[] letters = new char[LONGEST];
  private final byte[] marks = new byte[LONGEST];
  private int length;

  boolean isEmpty() {
    return length == 0;
  }

  int length() {
    return length;
  }

  void add(char letter, byte mark) {
    letters[length] = letter;
    marks[length++] = mark;
  }

  void clear() {
    length = 0;
  }

  char first() {
    return letters[0];
  }

  void removeFirst() {
    length--;
    System.arraycopy(letters, 1, letters, 0, length);
    System.arraycopy(marks, 1, marks, 0, length);
  }

  /// The tag that these letters are, if they are one.
  Optional<Tag> complete(List<Tag> tags) {
    for (var tag : tags) {
      if (tag.text().length() == length && begins(tag)) {
        return Optional.of(tag);
      }
    }
    return Optional.empty();
  }

  /// Whether they are the beginning of a tag.
  boolean mayBecome(List<Tag> tags) {
    for (var tag : tags) {
      if (tag.text().length() > length && begins(tag)) {
        return true;
      }
    }
    return false;
  }

  private boolean begins(Tag tag) {
    var text = tag.text();
    for (int i = 0; i < length; i++) {
      boolean written = !tag.isToken() || marks[i] == (i == 0 ? TOKEN : WITHIN_TOKEN);
      if (text.charAt(i) != letters[i] || !written) {
        return false;
      }
    }
    return true;
  }
}
