/// Looking at models without running them: what they count, what training them needs, and what the
/// machine has.
///
/// The doors are [TrainingPlan] for a run, [ParameterCount] for a model and [Machine] and
/// [MachineSpeed] for what it runs on.
@NullMarked
package dev.fader.inspect;

import org.jspecify.annotations.NullMarked;
