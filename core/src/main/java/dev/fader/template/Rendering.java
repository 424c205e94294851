package dev.fader.template;

import java.util.List;

/// What a template wrote.
///
/// @param text the whole of it
/// @param foreign which parts of the text come from [Untrusted] variables, in order, apart
public record Rendering(String text, List<Span> foreign) {
  /// Characters `from` up to, not including, `to`, in UTF-16 units.
  public record Span(int from, int to) {}

  public Rendering {
    foreign = List.copyOf(foreign);
  }
}
