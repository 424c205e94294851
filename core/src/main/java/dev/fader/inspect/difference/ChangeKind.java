package dev.fader.inspect.difference;

/// What the difference of two tensors looks like, the smaller first.
public enum ChangeKind {
  SAME_BYTES("the same bytes"),
  /// Of another type or order, or with zeros of the other sign.
  SAME_VALUES("the same values"),
  /// No farther apart than rounding one to the type of the other explains.
  ROUNDED("rounded"),
  /// The same, where that type is one of blocks.
  QUANTIZED("quantised"),
  /// The difference has few singular values: a merged LoRA.
  LOW_RANK("a merged LoRA"),
  /// Below 1.5 % of the weights' norm.
  TUNED_LIGHTLY("fine-tuned lightly"),
  /// From 1.5 to 5 %.
  TUNED("fine-tuned"),
  /// From 5 to 12 %.
  TUNED_HEAVILY("fine-tuned heavily"),
  /// More, and still alike.
  REMADE("changed beyond usual fine-tuning"),
  /// Hardly more alike than random numbers.
  OTHER("another model"),
  /// With NaN or infinities, of which no distance can be taken.
  NOT_FINITE("with numbers that are not finite");

  /// The bands of relative change of modeldelta (pypi.org/project/modeldelta; verdicts "surgical",
  /// "standard", "heavy", "extreme").
  public static final double LIGHT = 0.015;

  public static final double STANDARD = 0.05;
  public static final double HEAVY = 0.12;

  /// Below this cosine models have little in common: independent matrices have one near 0, those of
  /// a model and its quantised file in two bits 0.9.
  public static final double ALIKE = 0.5;

  private final String words;

  ChangeKind(String words) {
    this.words = words;
  }

  /// In words.
  public String words() {
    return words;
  }

  /// Of a change that nothing else explains.
  static ChangeKind of(double relative, double cosine) {
    if (cosine < ALIKE) {
      return OTHER;
    }
    return relative < LIGHT
        ? TUNED_LIGHTLY
        : relative < STANDARD ? TUNED : relative <= HEAVY ? TUNED_HEAVILY : REMADE;
  }
}
