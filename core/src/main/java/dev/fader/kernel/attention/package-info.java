/// Causal attention and its gradient, after FlashAttention (Dao et al. 2022), and attention over
/// pages of stored keys and values, after PagedAttention (Kwon et al. 2023, arXiv:2309.06180). The
/// doors are [dev.fader.kernel.attention.Attention] and
/// [dev.fader.kernel.attention.PagedAttention].
@NullMarked
package dev.fader.kernel.attention;

import org.jspecify.annotations.NullMarked;
