package dev.fader.grad;

import dev.fader.kernel.attention.CachedSequences;
import dev.fader.kernel.attention.PagedLayer;

/// What attention of one layer reads and writes besides the new rows.
///
/// @param layer where its keys and values lie in a page, and how they are looked at
/// @param sequences the sequences of a pass, filled anew for each
public record CachedLayer(PagedLayer layer, CachedSequences sequences) {}
