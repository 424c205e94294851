/// What optimizers do to a run of weights, in one pass over weight, gradient and state. The door is
/// [dev.fader.kernel.optimizer.Updates].
@NullMarked
package dev.fader.kernel.optimizer;

import org.jspecify.annotations.NullMarked;
