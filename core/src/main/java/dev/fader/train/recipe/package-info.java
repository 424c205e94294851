/// Floor 5: hyperparameters. [dev.fader.train.recipe.Recipe] is the door: from the few that are
/// given in a [dev.fader.train.recipe.RecipeRequest] it derives the model's configuration, that of
/// its training, and a reason for each choice.
@NullMarked
package dev.fader.train.recipe;

import org.jspecify.annotations.NullMarked;
