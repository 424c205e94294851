/// Floor 0: quantised numbers. The door is [dev.fader.quantization.BlockFormat], the block formats
/// of GGUF files; each of them is a class of its own here, with `decode` and, where Fader writes
/// it, `encode` side by side.
@NullMarked
package dev.fader.quantization;

import org.jspecify.annotations.NullMarked;
