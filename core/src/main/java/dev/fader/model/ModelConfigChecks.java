package dev.fader.model;

/// Validates a [ModelConfig].
final class ModelConfigChecks {
  /// Limits the angles, because `StrictMath` allocates when it reduces large ones. No published
  /// model shortens its wavelengths as much.
  private static final double LEAST_FACTOR = 1.0 / 16;

  private ModelConfigChecks() {}

  static void rotary(Positions.Rotary rotary, ModelConfig.Attention attention, int layers) {
    int headSize = attention.headSize();
    require(
        rotary.size() != 0 || headSize % 2 == 0,
        "head size %d is odd, and rotary positions rotate pairs: choose an even head size",
        headSize);
    require(
        rotary.size() >= 0 && rotary.size() % 2 == 0 && rotary.size() <= headSize,
        "rotary positions rotate %d of a head's %d columns, and must rotate an even number of them",
        rotary.size(),
        headSize);
    for (int layer : rotary.nopeLayers()) {
      require(layer >= 0 && layer < layers, "layer %d is not one of %d", layer, layers);
    }
    int size = rotary.size() == 0 ? headSize : rotary.size();
    checkRope(rotary.rope(), size);
    rotary.windowRope().ifPresent(rope -> checkRope(rope, size));
  }

  private static void checkRope(Positions.RopeParameters rope, int size) {
    require(
        rope.theta() > 1 && rope.theta() < Double.POSITIVE_INFINITY,
        "the base of rotary positions is %s, and must be above 1",
        rope.theta());
    switch (rope.scaling()) {
      case RotaryScaling.None() -> {}
      case RotaryScaling.Linear(double factor) -> checkFactor(factor);
      case RotaryScaling.Llama3 llama3 -> checkFactor(llama3.factor());
      case RotaryScaling.Yarn yarn -> checkFactor(yarn.factor());
      case RotaryScaling.Longrope longrope -> {
        require(
            longrope.shortFactors().size() == size / 2 && longrope.longFactors().size() == size / 2,
            "there are %d short and %d long factors for %d rotary pairs",
            longrope.shortFactors().size(),
            longrope.longFactors().size(),
            size / 2);
        longrope.shortFactors().forEach(ModelConfigChecks::checkFactor);
        longrope.longFactors().forEach(ModelConfigChecks::checkFactor);
      }
    }
  }

  private static void checkFactor(double factor) {
    require(
        factor >= LEAST_FACTOR && factor < Double.POSITIVE_INFINITY,
        "a factor of rotary positions is %s, and must be at least 1/16",
        factor);
  }

  static void latent(LatentAttention latent, ModelConfig.Attention attention) {
    require(latent.queryRank() >= 0, "query rank %d is negative", latent.queryRank());
    positive("key-value rank", latent.keyValueRank());
    positive("columns of a head without positions", latent.nopeSize());
    positive("columns of a head with positions", latent.ropeSize());
    positive("value head size", latent.valueSize());
    require(
        attention.headSize() == latent.headSize() && attention.heads() == attention.keyValueHeads(),
        "latent attention of %d + %d columns does not fit %d heads of %d over %d",
        latent.nopeSize(),
        latent.ropeSize(),
        attention.heads(),
        attention.headSize(),
        attention.keyValueHeads());
    require(
        attention.queryKeyNorm() == ModelConfig.QueryKeyNorm.NONE,
        "latent attention normalises latents, not %s",
        attention.queryKeyNorm());
  }

  static void experts(Experts experts, int sharedLayers) {
    var routing = experts.routing();
    positive("experts", experts.count());
    positive("expert width", experts.width());
    require(experts.sharedWidth() >= 0, "shared width %d is negative", experts.sharedWidth());
    require(
        routing.perToken() >= 1 && routing.perToken() <= experts.count(),
        "%d experts per token are not 1 to %d",
        routing.perToken(),
        experts.count());
    require(
        routing.groups() >= 1 && experts.count() % routing.groups() == 0,
        "%d experts cannot be divided into %d groups",
        experts.count(),
        routing.groups());
    require(
        routing.groupsPerToken() >= 1 && routing.groupsPerToken() <= routing.groups(),
        "%d groups per token are not 1 to %d",
        routing.groupsPerToken(),
        routing.groups());
    require(
        (long) experts.count() / routing.groups() * routing.groupsPerToken() >= routing.perToken(),
        "%d groups of %d experts have fewer than the %d that a token goes to",
        routing.groupsPerToken(),
        experts.count() / routing.groups(),
        routing.perToken());
    require(
        sharedLayers == 1 || experts.denseLayers().isEmpty(),
        "layers that share parameters must be alike, and layers %s have no experts",
        experts.denseLayers());
  }

  static void positive(String name, int value) {
    require(value > 0, "%s is %d, and must be at least 1", name, value);
  }

  static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new ModelConfigException(message.formatted(values));
    }
  }
}
