/// Vector decoders of quantised blocks, to the bit those of [dev.fader.quantization.BlockFormat].
/// The door is [dev.fader.kernel.quantized.BlockLines].
@NullMarked
package dev.fader.kernel.quantized;

import org.jspecify.annotations.NullMarked;
