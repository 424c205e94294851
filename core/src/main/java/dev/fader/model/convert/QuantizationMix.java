package dev.fader.model.convert;

import dev.fader.tensor.DType;

/// Quantization schemes, by llama.cpp's names. `_S`, `_M` and `_L` mix types, with more bits for
/// more sensitive tensors; see [QuantizationRules].
public enum QuantizationMix {
  F16(DType.FLOAT16, 1),
  BF16(DType.BFLOAT16, 32),
  Q4_0(DType.Q4_0, 2),
  Q4_1(DType.Q4_1, 3),
  Q5_0(DType.Q5_0, 8),
  Q5_1(DType.Q5_1, 9),
  Q8_0(DType.Q8_0, 7),
  Q2_K(DType.Q2_K, 10),
  Q3_K_S(DType.Q3_K, 11),
  Q3_K_M(DType.Q3_K, 12),
  Q3_K_L(DType.Q3_K, 13),
  Q4_K_S(DType.Q4_K, 14),
  Q4_K_M(DType.Q4_K, 15),
  Q5_K_S(DType.Q5_K, 16),
  Q5_K_M(DType.Q5_K, 17),
  Q6_K(DType.Q6_K, 18),
  IQ4_NL(DType.IQ4_NL, 25);

  private final DType type;
  private final int fileType;

  QuantizationMix(DType type, int fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  /// The type of most matrices.
  DType type() {
    return type;
  }

  /// Its number in llama.cpp, `general.file_type` of a GGUF file.
  public int fileType() {
    return fileType;
  }
}
