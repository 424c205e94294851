package dev.fader.kernel.onednn;

/// What the operands of a [PanelKernel] are stored as; sums are float32 always.
public enum PanelType {
  /// Four bytes; the panel has one step of the depth after the other.
  FLOAT32(3, 4, 1),

  /// Two bytes; the panel has two steps of the depth in each word.
  BFLOAT16(2, 2, 2);

  /// As `dnnl_data_type_t` counts.
  final int number;

  private final int bytes;
  private final int group;

  PanelType(int number, int bytes, int group) {
    this.number = number;
    this.bytes = bytes;
    this.group = group;
  }

  /// Of a number.
  public int bytes() {
    return bytes;
  }

  /// So many steps of the depth stand side by side in a panel.
  int group() {
    return group;
  }
}
