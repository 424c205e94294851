package dev.fader.model;

import dev.fader.kernel.attention.CachedSequences;
import java.util.List;
import java.util.stream.Stream;

/// The sequences of a forward pass and the pages of their keys and values; filled anew for each
/// pass with [#clear] and [#add].
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class CachedPass {
  private final KeyValuePages pages;
  private final List<CachedSequences> groups; // as the groups of the pages
  private final boolean longFactors;

  /// A pass without sequences.
  ///
  /// @param longFactors whether positions are rotated by LongRoPE's factors for long texts
  public CachedPass(KeyValuePages pages, boolean longFactors) {
    this.pages = pages;
    this.groups = Stream.generate(CachedSequences::new).limit(pages.groups().size()).toList();
    this.longFactors = longFactors;
  }

  /// Leaves no sequence.
  public void clear() {
    for (int group = 0; group < groups.size(); group++) {
      groups.get(group).clear();
    }
  }

  /// Adds a sequence whose next `rows` tokens are the next rows of the pass. The cache must have
  /// room for them ([KeyValueCache#reserve]).
  public void add(KeyValueCache cache, int rows) {
    for (int group = 0; group < groups.size(); group++) {
      groups.get(group).add(rows, cache.length(), cache.table(group));
    }
  }

  KeyValuePages pages() {
    return pages;
  }

  boolean longFactors() {
    return longFactors;
  }

  CachedSequences sequences(int layer) {
    return groups.get(pages.group(layer));
  }
}
