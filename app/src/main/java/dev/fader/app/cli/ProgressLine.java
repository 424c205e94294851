package dev.fader.app.cli;

import java.io.PrintWriter;

/// One line that is written over on a terminal, with a bar; elsewhere a plain line now and then.
final class ProgressLine {
  private static final long REDRAW_NANOSECONDS = 100_000_000;
  private static final long LINE_NANOSECONDS = 10_000_000_000L;
  private static final int BAR = 20;

  /// The line's beginning, without what was there, and cut at the edge: what a terminal broke over
  /// two lines could not be written over.
  private static final String BEGIN = "\r\033[K\033[?7l";

  private static final String END = "\033[?7h";

  private final PrintWriter err;
  private final boolean terminal = Boolean.getBoolean("fader.terminal");
  private long shown = System.nanoTime() - LINE_NANOSECONDS;
  private boolean drawn;

  ProgressLine(PrintWriter err) {
    this.err = err;
  }

  /// Shows where the work is; at once if `now`, else not too often.
  void show(double fraction, String status, boolean now) {
    long time = System.nanoTime();
    if (!now && time - shown < (terminal ? REDRAW_NANOSECONDS : LINE_NANOSECONDS)) {
      return;
    }
    shown = time;
    if (!terminal) {
      err.println(status);
    } else {
      int full = (int) Math.round(BAR * Math.clamp(fraction, 0, 1));
      err.print(BEGIN + "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] " + status + END);
      drawn = true;
    }
    err.flush();
  }

  /// Takes the bar away, for another line to be written.
  void clear() {
    if (drawn) {
      err.print("\r\033[K");
      drawn = false;
    }
  }

  /// Leaves the bar as it is.
  void end() {
    if (drawn) {
      err.println();
      err.flush();
      drawn = false;
    }
  }
}
