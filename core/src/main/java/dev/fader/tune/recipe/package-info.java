/// A whole run of tuning, derived from the few settings that are given.
///
/// The door is [dev.fader.tune.recipe.TuningRecipe].
@NullMarked
package dev.fader.tune.recipe;

import org.jspecify.annotations.NullMarked;
