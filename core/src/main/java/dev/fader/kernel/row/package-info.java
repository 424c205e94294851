/// Kernels that work on one row at a time, and sums over rows. The doors are
/// [dev.fader.kernel.row.Elementwise], [dev.fader.kernel.row.Activations],
/// [dev.fader.kernel.row.ClampedGate], [dev.fader.kernel.row.Normalizer],
/// [dev.fader.kernel.row.Embedding] and [dev.fader.kernel.row.Predictions]: each checks operands,
/// splits rows over the workers and runs its nested `Loops`, scalar or with vectors.
@NullMarked
package dev.fader.kernel.row;

import org.jspecify.annotations.NullMarked;
