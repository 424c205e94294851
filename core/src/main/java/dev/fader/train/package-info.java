/// Floor 5: learning. [dev.fader.train.TrainingRun] is the door: it draws batches, lets
/// [dev.fader.train.TrainableModel] take steps, watches the [dev.fader.train.LearningCurve] and
/// writes checkpoints that a run killed at any moment resumes from, bit for bit.
/// [dev.fader.train.recipe.Recipe] derives a whole run from the few hyperparameters that are given.
@NullMarked
package dev.fader.train;

import org.jspecify.annotations.NullMarked;
