/// Windows on tensors as two-dimensional operands. The door is [dev.fader.kernel.matrix.Matrix];
/// [dev.fader.kernel.matrix.Floats] says what the row kernels ask of one.
@NullMarked
package dev.fader.kernel.matrix;

import org.jspecify.annotations.NullMarked;
