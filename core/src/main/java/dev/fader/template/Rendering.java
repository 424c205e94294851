package dev.fader.template;

import java.util.List;

/// The output of a template.
///
/// @param text the output
/// @param untrusted the parts of the text that come from [Untrusted] variables, in order, not
///   adjacent
/// @param traces the parts of the text that have to do with [Traced] variables or are within
///   `generation` blocks, in order
public record Rendering(String text, List<Span> untrusted, List<Trace> traces) {
  /// Characters `[from, to)`, in UTF-16 units.
  public record Span(int from, int to) {}

  /// Where a part of the text comes from.
  ///
  /// @param source of the variable whose string it is, or -1
  /// @param writer source of the variable that the innermost such loop was at which wrote it, or -1
  /// @param generated whether a `generation` block wrote it
  public record Trace(Span span, int source, int writer, boolean generated) {}

  public Rendering {
    untrusted = List.copyOf(untrusted);
    traces = List.copyOf(traces);
  }
}
