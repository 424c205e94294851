/// Floor 5: learning. [dev.fader.train.TrainingRun] is the door: it draws batches, lets
/// [dev.fader.train.TrainableModel] take steps, watches the [dev.fader.train.LearningCurve] and
/// writes checkpoints that a run killed at any moment resumes from, bit for bit.
/// [dev.fader.train.recipe.Recipe] is the other: it makes a whole run of whatever the user said of
/// it.
@NullMarked
package dev.fader.train;

import org.jspecify.annotations.NullMarked;
