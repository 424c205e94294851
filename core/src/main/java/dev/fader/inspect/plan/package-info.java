/// Estimates training and running of a model: memory, operations, time, energy, cost. The doors are
/// [dev.fader.inspect.plan.TrainingPlan] and [dev.fader.inspect.plan.RunningCount].
@NullMarked
package dev.fader.inspect.plan;

import org.jspecify.annotations.NullMarked;
