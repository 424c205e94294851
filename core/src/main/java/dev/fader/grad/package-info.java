/// Floor 2: gradients. The door is [dev.fader.grad.Tape]: it runs coarse operations on
/// [dev.fader.grad.Variable]s, notes them down, and plays them backwards. Each operation is one
/// class with `forward` and `backward` next to each other.
@NullMarked
package dev.fader.grad;

import org.jspecify.annotations.NullMarked;
