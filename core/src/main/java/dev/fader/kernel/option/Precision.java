package dev.fader.kernel.option;

/// What the operands of products may be rounded to. Sums are float32 always.
public enum Precision {
  /// Training is in float32. Rows of generation and of prompts are rounded where that is less than
  /// what the stored weights have lost already.
  AS_STORED,

  /// Nothing is rounded.
  FLOAT32,

  /// Both operands of each product that is worth packing are rounded to bfloat16, where the engine
  /// multiplies such: mixed precision. Where it does not, this is float32.
  BFLOAT16
}
