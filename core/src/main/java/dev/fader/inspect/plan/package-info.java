/// What training and running a model will take: memory, operations, time, energy, money. The doors
/// are [dev.fader.inspect.plan.TrainingPlan] and [dev.fader.inspect.plan.RunningCount].
@NullMarked
package dev.fader.inspect.plan;

import org.jspecify.annotations.NullMarked;
