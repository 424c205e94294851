package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;

/// A decoder step on the whole text after the pieces are joined (`Fuse`), applied while the text is
/// still growing: bytes that may belong to a match, or to what is stripped from the end, are held
/// back.
public sealed interface FusedTextStep {
  /// Replaces every match, leftmost first.
  record Replace(String what, String with) implements FusedTextStep {}

  /// Strips an ASCII character from the ends, up to so many times.
  record Strip(byte content, int start, int stop) implements FusedTextStep {}

  /// The streaming state of one edit.
  default Run run() {
    return new Run(this);
  }

  /// The streaming state of one edit.
  final class Run {
    private final FusedTextStep edit;
    private final byte[] what;
    private final byte[] with;
    private int known; // bytes of a possible match, or characters to strip if they are the last
    private int toStrip;

    private Run(FusedTextStep edit) {
      this.edit = edit;
      what = edit instanceof Replace replace ? Utf8.bytes(replace.what) : new byte[0];
      with = edit instanceof Replace replace ? Utf8.bytes(replace.with) : new byte[0];
      this.toStrip = edit instanceof Strip strip ? strip.start : 0;
    }

    /// Appends to `out` what is certain after these bytes.
    public void accept(byte[] text, int from, int to, Utf8Builder out) {
      for (int at = from; at < to; at++) {
        switch (edit) {
          case Replace _ -> replace(text[at], out);
          case Strip strip -> strip(strip, text[at], out);
        }
      }
    }

    private void replace(byte next, Utf8Builder out) {
      while (known > 0 && what[known] != next) {
        int border = border(known);
        out.add(what, 0, known - border);
        known = border;
      }
      if (what[known] == next) {
        known++;
      } else {
        out.add(next);
      }
      if (known == what.length) {
        out.add(with);
        known = 0;
      }
    }

    /// The longest proper prefix of `what[0, length)` that is also its suffix. Patterns of decoders
    /// are short.
    private int border(int length) {
      for (int border = length - 1; border > 0; border--) {
        if (Arrays.equals(what, 0, border, what, length - border, length)) {
          return border;
        }
      }
      return 0;
    }

    private void strip(Strip strip, byte next, Utf8Builder out) {
      if (next == strip.content && toStrip > 0) {
        toStrip--;
        return;
      }
      toStrip = 0;
      if (next == strip.content && known < strip.stop) {
        known++;
        return;
      }
      if (next != strip.content) {
        for (; known > 0; known--) {
          out.add(strip.content);
        }
      }
      out.add(next);
    }

    /// Appends what was held back and stays.
    public void finish(Utf8Builder out) {
      if (edit instanceof Replace) {
        out.add(what, 0, known);
      }
      known = 0;
    }
  }
}
