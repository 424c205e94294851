package dev.fader.train.recipe;

/// The sizes that follow from the depth or the preset, before what is set by hand.
///
/// @param reason of the layers
/// @param widthReason of the width
/// @param contextReason of the context
record DefaultSizes(
    int vocabulary,
    int layers,
    int width,
    int heads,
    int keyValueHeads,
    int feedForward,
    int context,
    String reason,
    String widthReason,
    String contextReason) {
  private static final int WIDEST_OF_SMALL_HEADS = 384;

  /// The sizes of a preset, with the vocabulary there is.
  static DefaultSizes of(Preset preset, Architecture architecture, int vocabulary) {
    var size = preset.size();
    String reason = "of the preset " + preset.title();
    boolean own = architecture == preset.architecture();
    return new DefaultSizes(
        vocabulary,
        size.layers(),
        size.width(),
        size.heads(),
        size.keyValueHeads(),
        own ? size.feedForward() : architecture.feedForward(size.width()),
        size.context(),
        reason,
        reason,
        reason);
  }

  /// The sizes of a depth.
  static DefaultSizes of(int depth, Architecture architecture, int vocabulary) {
    int width = width(depth);
    int heads = width / headSize(width);
    return new DefaultSizes(
        vocabulary,
        depth,
        width,
        heads,
        heads,
        architecture.feedForward(width),
        context(depth),
        "the depth",
        "%d per layer, a multiple of %d: deeper models are wider, too"
            .formatted(perLayer(depth), grain(depth)),
        "small models learn more from many short sequences than from few long ones");
  }

  /// Width for a depth: 32 per layer up to 5 layers, as was best for small ones, and 64 from 12
  /// layers on, as GPT-2 has.
  static int width(int depth) {
    int grain = grain(depth);
    return Math.max(1, (int) Math.round((double) depth * perLayer(depth) / grain)) * grain;
  }

  private static int perLayer(int depth) {
    return Math.clamp(32 + 32L * (depth - 5) / 7, 32, 64);
  }

  private static int grain(int depth) {
    return depth * perLayer(depth) <= WIDEST_OF_SMALL_HEADS ? 32 : 64;
  }

  /// Head size 64, or 32 in narrow models, which would have too few heads.
  static int headSize(int width) {
    return width <= WIDEST_OF_SMALL_HEADS || width % 64 != 0 ? 32 : 64;
  }

  private static int context(int depth) {
    if (depth <= 5) {
      return 128;
    }
    if (depth <= 8) {
      return 256;
    }
    return depth <= 11 ? 512 : 1024;
  }
}
