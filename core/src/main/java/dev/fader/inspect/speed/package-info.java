/// How fast models read and write on this machine. The door is
/// [dev.fader.inspect.speed.ModelSpeed].
@NullMarked
package dev.fader.inspect.speed;

import org.jspecify.annotations.NullMarked;
