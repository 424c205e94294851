/// Causal attention and its gradient, after FlashAttention (Dao et al. 2022). The door is
/// [dev.fader.kernel.attention.Attention].
@NullMarked
package dev.fader.kernel.attention;

import org.jspecify.annotations.NullMarked;
