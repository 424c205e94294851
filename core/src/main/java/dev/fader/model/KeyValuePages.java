package dev.fader.model;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// How the keys and values of a model are cut into pages of [PageLayout#TOKENS] tokens. Layers that
/// see equally far share pages, so that those with a window can give theirs back earlier.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class KeyValuePages {
  /// Layers with one window, 0 for none.
  ///
  /// @param bytes of a page
  record Group(int window, int layers, long bytes) {}

  private final PageLayout layout;
  private final List<Group> groups;
  private final int[] groupOf; // by layer
  private final long[] offsets; // by layer

  /// The pages of `config` with numbers stored as `type`: FLOAT16, BFLOAT16, FLOAT32 or Q8_0.
  ///
  /// @throws IllegalArgumentException if keys and values cannot be stored so
  public KeyValuePages(ModelConfig config, DType type) {
    var attention = config.attention();
    layout =
        attention.latent().isPresent()
            ? latentLayout(type, attention.latent().get())
            : new PageLayout(
                type,
                attention.keyValueHeads(),
                attention.headSize(),
                attention.headSize(),
                /* valuesInKeys= */ false);
    var windows = attention.windows().stream().distinct().toList();
    var layers = new int[windows.size()];
    groupOf = new int[config.layers()];
    offsets = new long[config.layers()];
    for (int layer = 0; layer < config.layers(); layer++) {
      int group = windows.indexOf(attention.windows().get(layer));
      groupOf[layer] = group;
      offsets[layer] = Math.multiplyExact(layers[group]++, layout.bytes());
    }
    var all = new ArrayList<Group>();
    for (int group = 0; group < layers.length; group++) {
      long bytes = Math.multiplyExact(layers[group], layout.bytes());
      all.add(new Group(windows.get(group), layers[group], bytes));
    }
    groups = List.copyOf(all);
  }

  /// One row for all heads: rotated | latent.
  private static PageLayout latentLayout(DType type, LatentAttention latent) {
    int rank = latent.keyValueRank();
    return new PageLayout(
        type, 1, Math.addExact(latent.ropeSize(), rank), rank, /* valuesInKeys= */ true);
  }

  /// How the part of one layer is laid out.
  public PageLayout layout() {
    return layout;
  }

  /// The bytes that a sequence of `tokens` tokens takes at most: whole pages, without those that no
  /// window reaches any more.
  public long bytes(long tokens) {
    long bytes = 0;
    for (var group : groups) {
      bytes = Math.addExact(bytes, Math.multiplyExact(pages(group, tokens), group.bytes()));
    }
    return bytes;
  }

  /// Pages of a group that a sequence of `tokens` holds at a time, at most.
  private static long pages(Group group, long tokens) {
    long all = Math.ceilDiv(tokens, PageLayout.TOKENS);
    if (group.window() == 0) {
      return all;
    }
    long seen = (long) group.window() + KeyValueCache.SLACK + KeyValueCache.MOST_NEW;
    return Math.min(all, Math.ceilDiv(seen, PageLayout.TOKENS) + 1);
  }

  List<Group> groups() {
    return groups;
  }

  int group(int layer) {
    return groupOf[layer];
  }

  /// The byte of a page at which the part of a layer begins.
  long offset(int layer) {
    return offsets[layer];
  }
}
