/// Tuning: a small part of a model's parameters learns a task.
///
/// The door is [dev.fader.tune.AdapterLearner], which a [dev.fader.train.TrainingRun] takes step by
/// step.
@NullMarked
package dev.fader.tune;

import org.jspecify.annotations.NullMarked;
