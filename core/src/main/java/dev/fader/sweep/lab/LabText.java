package dev.fader.sweep.lab;

import dev.fader.data.Corpus;
import java.util.ArrayList;
import java.util.List;

/// The text of experiments, in memory: what is learned from, and what is held out, which stays the
/// same whatever is done to the rest.
///
/// @param learned documents to learn from
/// @param heldOut documents to measure with
public record LabText(List<String> learned, List<String> heldOut) {
  private static final double HELD_OUT = 0.1;

  /// With fewer documents the end of the text is held out, and not each tenth.
  private static final int FEW = 20;

  public LabText {
    learned = List.copyOf(learned);
    heldOut = List.copyOf(heldOut);
  }

  /// About `most` bytes of a corpus, taken evenly from the whole.
  ///
  /// @throws dev.fader.data.DataException if it holds ids, cannot be read, or is too short
  public static LabText of(Corpus corpus, long most) {
    var texts = new ArrayList<String>();
    corpus.texts(most).forEach(texts::add);
    return texts.size() < FEW ? withoutEnd(texts) : withoutEachTenth(texts);
  }

  private static LabText withoutEachTenth(List<String> texts) {
    int every = (int) Math.round(1 / HELD_OUT);
    var learned = new ArrayList<String>();
    var held = new ArrayList<String>();
    for (int i = 0; i < texts.size(); i++) {
      (i % every == every - 1 ? held : learned).add(texts.get(i));
    }
    return new LabText(learned, held);
  }

  /// Cut at the end of a line where there is one.
  private static LabText withoutEnd(List<String> texts) {
    long all = texts.stream().mapToLong(String::length).sum();
    long left = Math.round(all * (1 - HELD_OUT));
    var learned = new ArrayList<String>();
    var held = new ArrayList<String>();
    for (var text : texts) {
      if (left >= text.length()) {
        learned.add(text);
      } else if (left <= 0) {
        held.add(text);
      } else {
        int line = text.lastIndexOf('\n', (int) left);
        int cut = line > left / 2 ? line + 1 : whole(text, (int) left);
        learned.add(text.substring(0, cut));
        held.add(text.substring(cut));
      }
      left -= text.length();
    }
    return new LabText(learned, held);
  }

  /// So many chars, but for half a letter.
  private static int whole(String text, int chars) {
    return chars - (Character.isLowSurrogate(text.charAt(chars)) ? 1 : 0);
  }

  /// Letters to learn from.
  public long letters() {
    return learned.stream().mapToLong(text -> text.codePointCount(0, text.length())).sum();
  }
}
