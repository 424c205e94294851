package dev.fader.template;

import java.util.List;

/// The output of a template.
///
/// @param text the output
/// @param untrusted the parts of the text that come from [Untrusted] variables, in order, not
///   adjacent
public record Rendering(String text, List<Span> untrusted) {
  /// Characters `[from, to)`, in UTF-16 units.
  public record Span(int from, int to) {}

  public Rendering {
    untrusted = List.copyOf(untrusted);
  }
}
