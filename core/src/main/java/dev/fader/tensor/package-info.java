/// Floor 0: numbers in memory. The door is [dev.fader.tensor.Tensor]; memory comes from a
/// [dev.fader.tensor.TensorArena] opened on a [dev.fader.tensor.TensorMemory].
@NullMarked
package dev.fader.tensor;

import org.jspecify.annotations.NullMarked;
