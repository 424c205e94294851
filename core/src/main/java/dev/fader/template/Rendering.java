package dev.fader.template;

import java.util.List;

/// What a template wrote.
///
/// @param text the whole of it
/// @param untrusted which parts of the text come from [Untrusted] variables, in order, apart
public record Rendering(String text, List<Span> untrusted) {
  /// Characters `from` up to, not including, `to`, in UTF-16 units.
  public record Span(int from, int to) {}

  public Rendering {
    untrusted = List.copyOf(untrusted);
  }
}
