package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.model.Encoding;
import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.model.Words;
import dev.fader.tokenizer.pattern.MatchFinder;
import dev.fader.tokenizer.pattern.SplitPattern;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.ArrayList;
import java.util.List;

/// Splits text into words for the model.
///
/// @param steps applied to the words in turn, beginning with the whole text as one word
/// @param byteLevel whether the model works on bytes: its pieces are written in the [ByteAlphabet],
///   the words are not
public record PreTokenizer(List<PreTokenizerStep> steps, boolean byteLevel) {

  /// The same for a model that takes words in the [ByteAlphabet] instead of bytes.
  public PreTokenizer written() {
    if (!byteLevel) {
      return this;
    }
    var more = new ArrayList<>(steps);
    more.add(new PreTokenizerStep.ByteLevel());
    return new PreTokenizer(List.copyOf(more), false);
  }

  /// Whether both split every text into the same words, step by step.
  public boolean cutsLike(PreTokenizer other) {
    if (byteLevel != other.byteLevel || steps.size() != other.steps.size()) {
      return false;
    }
    for (int i = 0; i < steps.size(); i++) {
      boolean same =
          steps.get(i) instanceof PreTokenizerStep.Split split
              ? other.steps.get(i) instanceof PreTokenizerStep.Split second
                  && split.cutsLike(second)
              : steps.get(i).equals(other.steps.get(i));
      if (!same) {
        return false;
      }
    }
    return true;
  }

  /// Whether the first word of the text is treated differently.
  boolean asksForFirst() {
    return steps.stream()
        .anyMatch(step ->
            step instanceof PreTokenizerStep.Metaspace metaspace
                && metaspace.prefix() == PreTokenizerStep.PrependScheme.FIRST);
  }

  /// Encodes `text[from, to)` word by word.
  ///
  /// @param isFirst whether it is the start of the whole text
  void encode(Encoding encoding, PieceModel model, int[] range, boolean isFirst) {
    byte[] text = encoding.text;
    if (range[0] >= range[1]) {
      return;
    }
    if (steps.isEmpty()) {
      model.encode(encoding, range[0], range[1]);
      return;
    }
    if (steps.size() == 1
        && steps.getFirst() instanceof PreTokenizerStep.Split split
        && split.isCovering()) {
      encodeWords(encoding, split.pattern().covering().get(), model, range);
      return;
    }
    Words words = encoding.words;
    words.start(text);
    words.add(range[0], range[1]);
    boolean first = isFirst;
    for (PreTokenizerStep step : steps) {
      Words before = words;
      words = encoding.otherWords(before);
      apply(step, before, words, first);
      // A word after removed text does not count as the first.
      boolean isCut = isSame(before.text, words.text);
      first &= !isCut || (words.count > 0 && words.starts[0] == before.starts[0]);
    }
    encoding.text = words.text;
    for (int i = 0; i < words.count; i++) {
      model.encode(encoding, words.starts[i], words.ends[i]);
    }
    encoding.text = text;
  }

  @SuppressWarnings("ReferenceEquality") // Steps that rewrite the text use another array.
  private static boolean isSame(byte[] before, byte[] after) {
    return before == after;
  }

  private static void encodeWords(
      Encoding encoding, SplitPattern pattern, PieceModel model, int[] range) {
    byte[] text = encoding.text;
    int wordEnd;
    for (int at = range[0]; at < range[1]; at = wordEnd) {
      wordEnd = pattern.wordEnd(text, at, range[1]);
      model.encode(encoding, at, wordEnd);
    }
  }

  private static void apply(PreTokenizerStep step, Words from, Words to, boolean isFirst) {
    switch (step) {
      case PreTokenizerStep.Split split -> split(split, from, to);
      case PreTokenizerStep.AddPrefixSpace prefix -> prefixSpace(from, to);
      case PreTokenizerStep.ByteLevel alphabet -> alphabet(from, to);
      case PreTokenizerStep.Metaspace metaspace -> metaspace(metaspace, from, to, isFirst);
      case PreTokenizerStep.FixedLength fixed -> fixedLength(fixed.length(), from, to);
      case PreTokenizerStep.UnicodeScripts scripts -> scripts(from, to);
    }
  }

  private static void split(PreTokenizerStep.Split split, Words from, Words to) {
    to.start(from.text);
    MatchFinder finder = split.pattern().finder();
    var range = new int[2];
    for (int i = 0; i < from.count; i++) {
      range[0] = from.starts[i];
      range[1] = from.ends[i];
      split.behavior().cut(finder, to, range, split.inverted());
    }
  }

  private static void prefixSpace(Words from, Words to) {
    var text = new Utf8Builder(from.text.length + 16);
    to.start(from.text);
    for (int i = 0; i < from.count; i++) {
      int start = text.size;
      if (from.text[from.starts[i]] != ' ') {
        text.add((byte) ' ');
      }
      text.add(from.text, from.starts[i], from.ends[i]);
      to.add(start, text.size);
    }
    to.text = text.bytes;
  }

  private static void alphabet(Words from, Words to) {
    var text = new Utf8Builder(from.text.length + 16);
    to.start(from.text);
    for (int i = 0; i < from.count; i++) {
      int start = text.size;
      for (int at = from.starts[i]; at < from.ends[i]; at++) {
        text.add(ByteAlphabet.utf8(from.text[at]));
      }
      to.add(start, text.size);
    }
    to.text = text.bytes;
  }

  private static void metaspace(
      PreTokenizerStep.Metaspace metaspace, Words from, Words to, boolean isFirst) {
    byte[] space = Utf8.bytes(metaspace.space());
    var text = new Utf8Builder(from.text.length + 16);
    to.start(from.text);
    for (int i = 0; i < from.count; i++) {
      boolean prefixed =
          switch (metaspace.prefix()) {
            case ALWAYS -> true;
            case FIRST -> isFirst && i == 0;
            case NEVER -> false;
          };
      int start = text.size;
      int at = from.starts[i];
      if (prefixed
          && from.text[at] != ' '
          && !Utf8.startsWith(from.text, at, from.ends[i], space)) {
        text.add(space);
      }
      for (; at < from.ends[i]; at++) {
        boolean spaceHere = from.text[at] == ' ';
        boolean borderHere = spaceHere || Utf8.startsWith(from.text, at, from.ends[i], space);
        if (metaspace.split() && borderHere && text.size > start) {
          to.add(start, text.size);
          start = text.size;
        }
        if (spaceHere) {
          text.add(space);
        } else {
          text.add(from.text[at]);
        }
      }
      to.add(start, text.size);
    }
    to.text = text.bytes;
  }

  private static void fixedLength(int length, Words from, Words to) {
    to.start(from.text);
    for (int i = 0; i < from.count; i++) {
      int start = from.starts[i];
      int characters = 0;
      for (int at = start; at < from.ends[i]; at += Utf8.length(from.text, at)) {
        if (characters == length) {
          to.add(start, at);
          start = at;
          characters = 0;
        }
        characters++;
      }
      to.add(start, from.ends[i]);
    }
  }

  private static void scripts(Words from, Words to) {
    to.start(from.text);
    for (int i = 0; i < from.count; i++) {
      cutAtScripts(from.text, from.starts[i], from.ends[i], to);
    }
  }

  /// As Hugging Face's `UnicodeScripts`: spaces before the first script are dropped.
  private static void cutAtScripts(byte[] text, int from, int to, Words words) {
    var current = Character.UnicodeScript.UNKNOWN;
    int start = -1;
    for (int at = from; at < to; at += Utf8.length(text, at)) {
      var script = script(Utf8.codePoint(text, at));
      if (script == Character.UnicodeScript.UNKNOWN || script == current) {
        continue;
      }
      if (start >= 0) {
        words.add(start, at);
      }
      start = at;
      current = script;
    }
    if (start >= 0) {
      words.add(start, to);
    }
  }

  private static Character.UnicodeScript script(int codePoint) {
    if (codePoint == ' ') {
      return Character.UnicodeScript.UNKNOWN;
    }
    var script =
        codePoint == 0x30FC ? Character.UnicodeScript.HAN : Character.UnicodeScript.of(codePoint);
    return switch (script) {
      case HIRAGANA, KATAKANA -> Character.UnicodeScript.HAN;
      default -> script;
    };
  }
}
