package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.pattern.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.Locale;

/// The `precompiled_charsmap` of SentencePiece: a double-array trie (Aoe 1989, in darts-clone's
/// layout) from character sequences to offsets in a pool of zero-terminated texts.
///
/// SentencePiece replaces the longest match at every position; Hugging Face's port looks up whole
/// graphemes shorter than six bytes, else single characters, and takes the shortest match. Each is
/// exact for the files of its library.
public final class CharacterMap {
  private static final int LONGEST_GRAPHEME = 6;
  private static final int NOWHERE = -1;
  private static final int LEADS_TO_VALUE = 1 << 30; // above every offset

  private final int[] units;
  private final byte[] texts;
  private final boolean isLongest;

  private CharacterMap(int[] units, byte[] texts, boolean isLongest) {
    this.units = units;
    this.texts = texts;
    this.isLongest = isLongest;
  }

  /// The empty map.
  public static CharacterMap empty() {
    return new CharacterMap(new int[0], new byte[0], true);
  }

  /// Reads a compiled map.
  ///
  /// @throws IllegalArgumentException if the bytes are not such a map
  public static CharacterMap read(byte[] blob) {
    if (blob.length < 4) {
      throw new IllegalArgumentException("has " + blob.length + " bytes, too few for a map");
    }
    var bytes = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
    long size = bytes.getInt() & 0xFFFFFFFFL;
    if (size > blob.length - 4 || size % 4 != 0) {
      throw new IllegalArgumentException(
          "says that its trie takes %d of the %d bytes that follow"
              .formatted(size, blob.length - 4));
    }
    var units = new int[(int) size / 4];
    bytes.asIntBuffer().get(units);
    var texts = new byte[blob.length - 4 - (int) size];
    bytes.position(4 + (int) size).get(texts);
    return new CharacterMap(units, texts, false);
  }

  public CharacterMap longest() {
    return new CharacterMap(units, texts, true);
  }

  String apply(String text) {
    byte[] utf8 = Utf8.bytes(text);
    var mapped = new Utf8Builder(utf8.length + 16);
    if (isLongest) {
      for (int at = 0; at < utf8.length; ) {
        at = mapLongest(utf8, at, mapped);
      }
    } else {
      mapGraphemes(text, mapped);
    }
    return mapped.text();
  }

  private void mapGraphemes(String text, Utf8Builder mapped) {
    var graphemes = BreakIterator.getCharacterInstance(Locale.ROOT);
    graphemes.setText(text);
    int start = graphemes.first();
    for (int end = graphemes.next(); end != BreakIterator.DONE; end = graphemes.next()) {
      byte[] grapheme = text.substring(start, end).getBytes(StandardCharsets.UTF_8);
      boolean whole =
          grapheme.length < LONGEST_GRAPHEME && mapShortest(grapheme, 0, grapheme.length, mapped);
      for (int at = 0; !whole && at < grapheme.length; ) {
        int next = at + Utf8.length(grapheme, at);
        if (!mapShortest(grapheme, at, next, mapped)) {
          mapped.add(grapheme, at, next);
        }
        at = next;
      }
      start = end;
    }
  }

  private boolean mapShortest(byte[] text, int from, int to, Utf8Builder mapped) {
    int node = root();
    for (int at = from; at < to && node != NOWHERE; at++) {
      node = child(node, text[at]);
      int value = value(node);
      if (value != NOWHERE) {
        add(value, mapped);
        return true;
      }
    }
    return false;
  }

  /// Appends the replacement of the longest match at `from`, else the character there; returns its
  /// end.
  int mapLongest(byte[] text, int from, Utf8Builder mapped) {
    int node = root();
    int found = NOWHERE;
    int end = from;
    for (int at = from; at < text.length && node != NOWHERE; at++) {
      node = child(node, text[at]);
      int value = value(node);
      if (value != NOWHERE) {
        found = value;
        end = at + 1;
      }
    }
    if (found != NOWHERE) {
      add(found, mapped);
      return end;
    }
    end = from + Utf8.length(text, from);
    mapped.add(text, from, end);
    return end;
  }

  private void add(int value, Utf8Builder mapped) {
    for (int at = value; at < texts.length && texts[at] != 0; at++) {
      mapped.add(texts[at]);
    }
  }

  // A node is the position that its unit's offset points to, flagged if it has a value; a child is
  // at that position xor its label.

  private int root() {
    return units.length == 0 ? NOWHERE : offset(units[0]);
  }

  private int child(int node, byte label) {
    int place = (node & ~LEADS_TO_VALUE) ^ (label & 0xFF);
    if (place >= units.length || (units[place] & 0x800000FF) != (label & 0xFF)) {
      return NOWHERE;
    }
    return (place ^ offset(units[place])) | (hasValue(units[place]) ? LEADS_TO_VALUE : 0);
  }

  private int value(int node) {
    if (node == NOWHERE || (node & LEADS_TO_VALUE) == 0) {
      return NOWHERE;
    }
    int place = node & ~LEADS_TO_VALUE;
    return place < units.length ? units[place] & 0x7FFFFFFF : NOWHERE;
  }

  private static boolean hasValue(int unit) {
    return (unit >>> 8 & 1) != 0;
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }
}
