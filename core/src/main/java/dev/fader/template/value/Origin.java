package dev.fader.template.value;

/// Where characters of a text come from.
///
/// @param untrusted whether they are no text of the template's author
/// @param source the number of the traced variable whose text they are, or [#NOWHERE]
/// @param writer the number of the traced variable that the loop was at which wrote them, or
///   [#NOWHERE]
/// @param generated whether a `generation` block wrote them
public record Origin(boolean untrusted, int source, int writer, boolean generated) {
  /// Instead of a number.
  public static final int NOWHERE = -1;

  /// The template itself, outside of such loops and blocks.
  public static final Origin TEMPLATE = new Origin(false, NOWHERE, NOWHERE, false);

  static final Origin UNTRUSTED = new Origin(true, NOWHERE, NOWHERE, false);

  /// A value of a traced variable.
  public static Origin of(boolean untrusted, int source) {
    return new Origin(untrusted, source, NOWHERE, false);
  }

  /// The same within a loop that is at a traced variable.
  public Origin writtenFor(int traced) {
    return new Origin(untrusted, source, traced, generated);
  }

  /// The same within a `generation` block.
  public Origin inGeneration() {
    return new Origin(untrusted, source, writer, true);
  }

  /// The same put into text that is written from `around`.
  Origin within(Origin around) {
    return around.equals(TEMPLATE)
        ? this
        : new Origin(
            untrusted,
            source,
            writer == NOWHERE ? around.writer : writer,
            generated || around.generated);
  }
}
