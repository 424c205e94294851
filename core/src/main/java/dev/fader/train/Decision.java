package dev.fader.train;

/// One choice of a recipe.
///
/// @param name what was chosen, by its flag: `dim`
/// @param value the choice
/// @param reason why, in a few words
public record Decision(String name, String value, String reason) {
  /// The reason of what the user set.
  public static final String BY_HAND = "set by hand";
}
