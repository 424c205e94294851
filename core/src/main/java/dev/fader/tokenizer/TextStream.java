package dev.fader.tokenizer;

import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.pattern.Utf8;
import dev.fader.tokenizer.pipeline.FusedTextStep;
import dev.fader.tokenizer.pipeline.PieceDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Decodes id by id and never emits part of a character. The concatenated output equals
/// [Tokenizer#decode] of all the ids. Not safe for use by several threads.
public final class TextStream {
  private static final int NONE = -1;
  private static final byte[] SPACE = {' '};

  private final Tokenizer tokenizer;
  private final boolean needsLast;
  private final boolean dropsRepeats;
  private final Utf8Builder pending = new Utf8Builder(16);
  private final List<FusedTextStep.Run> edits;
  private boolean started;
  private boolean hasText;
  private int previous = NONE;
  private int held = NONE; // a piece held back until it is known whether it is the last
  private boolean heldIsFirst;

  TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    PieceDecoder decoding = tokenizer.decoding();
    edits = decoding.edits().stream().map(FusedTextStep::run).toList();
    needsLast = decoding.needsLast();
    dropsRepeats = decoding.dropsRepeats();
  }

  /// Takes the next id and returns the text that is now complete, possibly empty.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public String accept(int id) {
    tokenizer.check(id);
    if (dropsRepeats && id == previous) {
      return "";
    }
    boolean isFirst = !started;
    started = true;
    previous = id;
    if (needsLast) {
      releaseHeld(false);
      held = id;
      heldIsFirst = isFirst;
    } else {
      append(id, new PieceDecoder.PieceContext(isFirst, !hasText, false));
    }
    return take(pending.size - Utf8.incompleteTail(pending.bytes, pending.size));
  }

  /// The remaining text: U+FFFD for an incomplete character, usually empty.
  public String flush() {
    releaseHeld(true);
    for (int i = 0; i < edits.size(); i++) {
      var rest = new Utf8Builder(16);
      edits.get(i).finish(rest);
      add(rest.bytes, 0, rest.size, i + 1);
    }
    return take(pending.size);
  }

  private void releaseHeld(boolean isLast) {
    if (held != NONE) {
      append(held, new PieceDecoder.PieceContext(heldIsFirst, !hasText, isLast));
      held = NONE;
    }
  }

  private void append(int id, PieceDecoder.PieceContext place) {
    if (!place.isFirst() && tokenizer.decoding().separated()) {
      add(SPACE, 0, 1, 0);
    }
    byte[] piece = tokenizer.bytes(id, place);
    int before = pending.size;
    add(piece, 0, piece.length, 0);
    hasText |= pending.size > before;
  }

  /// Passes bytes through the edits from number `edit` on.
  private void add(byte[] text, int from, int to, int edit) {
    if (edit == edits.size()) {
      pending.add(text, from, to);
      return;
    }
    var edited = new Utf8Builder(to - from + 16);
    edits.get(edit).accept(text, from, to, edited);
    add(edited.bytes, 0, edited.size, edit + 1);
  }

  private String take(int count) {
    String text = new String(pending.bytes, 0, count, StandardCharsets.UTF_8);
    pending.size -= count;
    System.arraycopy(pending.bytes, count, pending.bytes, 0, pending.size);
    return text;
  }
}
