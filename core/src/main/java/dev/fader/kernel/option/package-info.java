/// What a program may choose of how matrices are multiplied. The door is
/// [dev.fader.kernel.option.EngineChoice].
@NullMarked
package dev.fader.kernel.option;

import org.jspecify.annotations.NullMarked;
