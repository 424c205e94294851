package dev.fader.kernel.onednn;

/// What a [PanelKernel] multiplies.
///
/// @param rows of the left operand and of the result
/// @param depth the terms of a sum, a multiple of [PanelKernel#DEPTH_UNIT]
public record PanelShape(PanelType type, int rows, int depth) {
  public PanelShape {
    if (rows < 1 || depth < 1 || depth % PanelKernel.DEPTH_UNIT != 0) {
      throw new IllegalArgumentException("no panel of %d rows over %d".formatted(rows, depth));
    }
  }
}
