/// Stored weights, decoded for products. [dev.fader.kernel.quantized.BlockLines] turns lines of any
/// type into floats; for products with few rows four lines are multiplied at a time, by
/// [dev.fader.kernel.quantized.WideBlocks] and [dev.fader.kernel.quantized.PlainBlocks] in
/// registers, or by way of [dev.fader.kernel.quantized.Levels]. All give, to the bit, the numbers
/// of [dev.fader.quantization.BlockFormat].
@NullMarked
package dev.fader.kernel.quantized;

import org.jspecify.annotations.NullMarked;
