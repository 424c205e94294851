package dev.fader.app.cli.terminal;

import java.io.PrintWriter;

/// One line that is written over on a terminal, with a bar; elsewhere a plain line now and then. It
/// never fills the terminal's width: what a terminal broke over two lines could not be written
/// over.
public final class ProgressLine {
  private static final long REDRAW_NANOSECONDS = 100_000_000;
  private static final long LINE_NANOSECONDS = 10_000_000_000L;
  private static final int LONGEST_BAR = 20;

  /// A terminal writes `^C` behind the bar. If that went over the edge, the bar would stay there.
  private static final int ROOM_AT_THE_EDGE = 3;

  /// What is between the parts of a status.
  private static final String GAP = "  ";

  private static final String CLEAR = "\r\033[K";

  private final PrintWriter err;
  private final boolean terminal = Boolean.getBoolean("fader.terminal");
  private long shown = System.nanoTime() - LINE_NANOSECONDS;
  private boolean drawn;

  public ProgressLine(PrintWriter err) {
    this.err = err;
  }

  /// Shows where the work is; at once if `now`, else not too often.
  public void show(double fraction, String status, boolean now) {
    long time = System.nanoTime();
    if (!now && time - shown < (terminal ? REDRAW_NANOSECONDS : LINE_NANOSECONDS)) {
      return;
    }
    shown = time;
    if (!terminal) {
      err.println(status);
    } else {
      err.print(CLEAR + line(fraction, status, ScreenWidth.now() - ROOM_AT_THE_EDGE));
      drawn = true;
    }
    err.flush();
  }

  /// The bar and as many whole parts of the status as fit, the first at least.
  static String line(double fraction, String status, int width) {
    int bar = Math.clamp(width / 4, 4, LONGEST_BAR);
    int full = (int) Math.round(bar * Math.clamp(fraction, 0, 1));
    var line = "[" + "#".repeat(full) + "-".repeat(bar - full) + "] " + status;
    while (line.length() > width && line.contains(GAP)) {
      line = line.substring(0, line.lastIndexOf(GAP));
    }
    return line.substring(0, Math.min(line.length(), Math.max(0, width)));
  }

  /// Takes the bar away, for another line to be written.
  public void clear() {
    if (drawn) {
      err.print(CLEAR);
      drawn = false;
    }
  }

  /// Leaves the bar as it is.
  public void end() {
    if (drawn) {
      err.println();
      err.flush();
      drawn = false;
    }
  }
}
