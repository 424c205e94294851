/// The mixing board of an open model: one prompt, and what the model says next while faders move.
/// The door is [dev.fader.inspect.board.MixingBoard].
@NullMarked
package dev.fader.inspect.board;

import org.jspecify.annotations.NullMarked;
