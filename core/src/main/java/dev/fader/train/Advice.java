package dev.fader.train;

/// What may help a run, as the verdict on its losses says it.
///
/// @param knowing what the loss is worth that a run has to get below: `knowing only how often each
///   token occurs`
/// @param plateau where the loss has stopped falling
/// @param stuck where little was learned and the loss has stopped falling
/// @param overfitting where the validation loss rises; `%d` stands for the best step
/// @param worse where nothing was better than the beginning
/// @param longer where the run was too short
public record Advice(
    String knowing, String plateau, String stuck, String overfitting, String worse, String longer) {
  /// For a whole model that learns from text.
  public static final Advice OF_MODELS =
      new Advice(
          "knowing only how often each token occurs",
          "train a larger model, or on more text, for a lower one",
          "use another learning rate or a larger model",
          "the model of step %d is the best; more text, a smaller model or dropout would make a"
              + " better one",
          "use a lower learning rate, or more text like that to validate with",
          "train longer");
}
