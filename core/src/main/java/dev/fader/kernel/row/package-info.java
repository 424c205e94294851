/// Kernels that work on one row at a time: activations, normalisations, elementwise operations,
/// embeddings, positions, softmax and cross-entropy.
@NullMarked
package dev.fader.kernel.row;

import org.jspecify.annotations.NullMarked;
