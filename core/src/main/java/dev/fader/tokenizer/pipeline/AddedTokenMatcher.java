package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.PieceTrie;
import dev.fader.tokenizer.pattern.CharacterKind;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.List;

/// Finds the added tokens in one kind of text, raw or normalized.
final class AddedTokenMatcher {
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private final List<AddedToken> tokens;
  private final PieceTrie trie = new PieceTrie(); // indices into the list
  private final boolean[] begins = new boolean[256];

  AddedTokenMatcher(List<AddedToken> tokens) {
    this.tokens = tokens;
    for (int i = 0; i < tokens.size(); i++) {
      byte[] content = Utf8.bytes(tokens.get(i).content());
      if (content.length > 0) {
        trie.add(content, i);
        begins[content[0] & 0xFF] = true;
      }
    }
  }

  Search search(byte[] text, int from, int to) {
    return new Search(text, from, to);
  }

  /// Finds tokens in `text[from, to)`: leftmost first, the longest of those that start at one
  /// position.
  final class Search {
    private final byte[] text;
    private final int from;
    private final int to;
    private int scanned; // search position
    private int passed; // end of the last match, including stripped white space

    /// Start, end and id of the match, including stripped white space. As in Hugging Face's
    /// library, stripped white space is searched too, so that a match may begin before the last one
    /// ended.
    int start;

    int end;
    int id;

    private Search(byte[] text, int from, int to) {
      this.text = text;
      this.from = from;
      this.to = to;
      scanned = from;
      passed = from;
    }

    /// Advances to the next match, if there is one.
    boolean next() {
      for (int at = tokens.isEmpty() ? to : scanned; at < to; at++) {
        if (!begins[text[at] & 0xFF] || !findLongest(at)) {
          continue;
        }
        AddedToken token = tokens.get(id);
        if (token.matching().singleWord() && touchesWord()) {
          at = end - 1;
          continue;
        }
        scanned = end;
        withSpace(token.matching());
        id = token.id();
        passed = end;
        if (start < end) { // else the last match includes it
          return true;
        }
        at = scanned - 1;
      }
      scanned = to;
      return false;
    }

    private boolean findLongest(int at) {
      id = PieceTrie.NONE;
      start = at;
      int node = PieceTrie.ROOT;
      for (int i = at; i < to; i++) {
        node = trie.child(node, text[i]);
        if (node == PieceTrie.NONE) {
          break;
        }
        if (trie.id(node) != PieceTrie.NONE) {
          id = trie.id(node);
          end = i + 1;
        }
      }
      return id != PieceTrie.NONE;
    }

    private boolean touchesWord() {
      return (start > from && isWord(Utf8.codePoint(text, Utf8.before(text, start))))
          || (end < to && isWord(Utf8.codePoint(text, end)));
    }

    private void withSpace(AddedToken.Matching matching) {
      if (matching.takesSpaceBefore()) {
        while (start > passed && isSpace(Utf8.before(text, start))) {
          start = Utf8.before(text, start);
        }
        start = Math.max(start, passed);
      }
      if (matching.takesSpaceAfter()) {
        while (end < to && isSpace(end)) {
          end += Utf8.length(text, end);
        }
      }
    }

    private boolean isSpace(int at) {
      return CharacterKind.isSpace(CharacterKind.at(text, at));
    }
  }

  private static boolean isWord(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.CONNECTOR_PUNCTUATION ->
          true;
      default ->
          Character.isAlphabetic(codePoint)
              || codePoint == ZERO_WIDTH_NON_JOINER
              || codePoint == ZERO_WIDTH_JOINER;
    };
  }
}
