package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// The block formats of GGUF files, under their names in ggml: so many numbers side by side that
/// share scales and are stored in so many bytes, little-endian.
///
/// Decoding is exact to float32 rounding. Encoding minimises the squared error as ggml's reference
/// does without an importance matrix; formats that are only read say so.
///
/// Source: the C structures of ggml (`ggml-common.h`) and gguf-py 0.19 (`gguf/quants.py`).
public enum BlockFormat {
  /// Four bits an element, symmetric, a float16 scale.
  Q4_0(32, 18),
  /// Four bits an element, a float16 scale and minimum.
  Q4_1(32, 20),
  /// Five bits an element, symmetric, a float16 scale.
  Q5_0(32, 22),
  /// Five bits an element, a float16 scale and minimum.
  Q5_1(32, 24),
  /// Eight bits an element, a float16 scale.
  Q8_0(32, 34),
  /// Two bits an element, sixteen sub-blocks with scales and minima of four bits.
  Q2_K(256, 84),
  /// Three bits an element, sixteen sub-blocks with scales of six bits.
  Q3_K(256, 110),
  /// Four bits an element, eight sub-blocks with scales and minima of six bits.
  Q4_K(256, 144),
  /// Five bits an element, eight sub-blocks with scales and minima of six bits.
  Q5_K(256, 176),
  /// Six bits an element, sixteen sub-blocks with scales of eight bits.
  Q6_K(256, 210),
  /// Four bits an element that choose from sixteen uneven levels.
  IQ4_NL(32, 18),
  /// The levels of [#IQ4_NL], eight sub-blocks with scales of six bits.
  IQ4_XS(256, 136),
  /// Four-bit floating point (E2M1) with a power of two as scale (OCP Microscaling Formats 1.0).
  MXFP4(32, 17),
  /// The numbers of [#MXFP4], four sub-blocks with scales of eight bits (E4M3).
  NVFP4(64, 36),
  /// A sign an element, a float16 scale.
  Q1_0(128, 18),
  /// Ternary, five elements a byte.
  TQ1_0(256, 54),
  /// Ternary, four elements a byte.
  TQ2_0(256, 66),
  /// A lattice of ternary vectors of eight, 1.56 bits an element.
  IQ1_S(256, 50),
  /// A lattice of ternary vectors of eight, 1.75 bits an element.
  IQ1_M(256, 56),
  /// A lattice of vectors of eight, 2.06 bits an element.
  IQ2_XXS(256, 66),
  /// A lattice of vectors of eight, 2.31 bits an element.
  IQ2_XS(256, 74),
  /// A lattice of vectors of eight, 2.56 bits an element.
  IQ2_S(256, 82),
  /// A lattice of vectors of four, 3.06 bits an element.
  IQ3_XXS(256, 98),
  /// A lattice of vectors of four, 3.44 bits an element.
  IQ3_S(256, 110);

  private final int elements;
  private final int bytes;

  BlockFormat(int elements, int bytes) {
    this.elements = elements;
    this.bytes = bytes;
  }

  /// Numbers in a block.
  public int elements() {
    return elements;
  }

  /// Bytes of a block.
  public int bytes() {
    return bytes;
  }

  /// Whether [#encode] writes this format.
  public boolean isWritten() {
    return switch (this) {
      case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> true;
      case IQ4_NL, MXFP4, TQ1_0, TQ2_0 -> true;
      case IQ4_XS, NVFP4, Q1_0, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> false;
    };
  }

  /// Sets [#elements] numbers of `to` from `start` on to those of the block at byte `at`.
  public void decode(MemorySegment from, long at, float[] to, int start) {
    switch (this) {
      case Q4_0 -> Q4Zero.decode(from, at, to, start);
      case Q4_1 -> Q4One.decode(from, at, to, start);
      case Q5_0 -> Q5Zero.decode(from, at, to, start);
      case Q5_1 -> Q5One.decode(from, at, to, start);
      case Q8_0 -> Q8Zero.decode(from, at, to, start);
      case Q2_K -> Q2K.decode(from, at, to, start);
      case Q3_K -> Q3K.decode(from, at, to, start);
      case Q4_K -> Q4K.decode(from, at, to, start);
      case Q5_K -> Q5K.decode(from, at, to, start);
      case Q6_K -> Q6K.decode(from, at, to, start);
      case IQ4_NL -> Iq4Nl.decode(from, at, to, start);
      case IQ4_XS -> Iq4Xs.decode(from, at, to, start);
      case MXFP4 -> Mxfp4.decode(from, at, to, start);
      case NVFP4 -> Nvfp4.decode(from, at, to, start);
      case Q1_0 -> Q1Zero.decode(from, at, to, start);
      case TQ1_0 -> Tq1.decode(from, at, to, start);
      case TQ2_0 -> Tq2.decode(from, at, to, start);
      case IQ1_S -> Iq1S.decode(from, at, to, start);
      case IQ1_M -> Iq1M.decode(from, at, to, start);
      case IQ2_XXS -> Iq2Xxs.decode(from, at, to, start);
      case IQ2_XS -> Iq2Xs.decode(from, at, to, start);
      case IQ2_S -> Iq2S.decode(from, at, to, start);
      case IQ3_XXS -> Iq3Xxs.decode(from, at, to, start);
      case IQ3_S -> Iq3S.decode(from, at, to, start);
    }
  }

  /// Writes the block at byte `at` that comes closest to the [#elements] numbers of `from` from
  /// `start` on.
  ///
  /// Numbers too small for the scales, which are float16, become zeros.
  ///
  /// @throws IllegalArgumentException if a number is infinite, NaN or too large for the scales
  /// @throws UnsupportedOperationException if the format is only read
  public void encode(float[] from, int start, MemorySegment to, long at) {
    requireFinite(from, start);
    switch (this) {
      case Q4_0 -> Q4Zero.encode(from, start, to, at);
      case Q4_1 -> Q4One.encode(from, start, to, at);
      case Q5_0 -> Q5Zero.encode(from, start, to, at);
      case Q5_1 -> Q5One.encode(from, start, to, at);
      case Q8_0 -> Q8Zero.encode(from, start, to, at);
      case Q2_K -> Q2K.encode(from, start, to, at);
      case Q3_K -> Q3K.encode(from, start, to, at);
      case Q4_K -> Q4K.encode(from, start, to, at);
      case Q5_K -> Q5K.encode(from, start, to, at);
      case Q6_K -> Q6K.encode(from, start, to, at);
      case IQ4_NL -> Iq4Nl.encode(from, start, to, at);
      case MXFP4 -> Mxfp4.encode(from, start, to, at);
      case TQ1_0 -> Tq1.encode(from, start, to, at);
      case TQ2_0 -> Tq2.encode(from, start, to, at);
      case IQ4_XS, NVFP4, Q1_0, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S ->
          throw new UnsupportedOperationException(this + " is read and not written");
    }
  }

  private void requireFinite(float[] from, int start) {
    for (int i = start; i < start + elements; i++) {
      if (!Float.isFinite(from[i])) {
        throw new IllegalArgumentException("%s cannot hold %s".formatted(this, from[i]));
      }
    }
  }
}
