package dev.fader.model;

/// What must hold for a [ModelConfig] to exist.
final class ModelConfigChecks {
  private ModelConfigChecks() {}

  static void rotary(Positions.Rotary rotary, ModelConfig.Attention attention, int layers) {
    int headSize = attention.headSize();
    require(
        rotary.size() != 0 || headSize % 2 == 0,
        "head size %d is odd, and rotary positions turn pairs: choose an even head size",
        headSize);
    require(
        rotary.size() >= 0 && rotary.size() % 2 == 0 && rotary.size() <= headSize,
        "rotary positions turn %d of a head's %d columns, and must turn an even number of them",
        rotary.size(),
        headSize);
    for (int layer : rotary.unturned()) {
      require(layer >= 0 && layer < layers, "layer %d is not one of %d", layer, layers);
    }
    checkFactors(rotary.waves(), rotary.size() == 0 ? headSize : rotary.size());
    rotary
        .windowWaves()
        .ifPresent(waves -> checkFactors(waves, rotary.size() == 0 ? headSize : rotary.size()));
  }

  private static void checkFactors(Positions.Waves waves, int size) {
    if (waves.scaling() instanceof RotaryScaling.Longrope longrope) {
      require(
          longrope.shortFactors().size() == size / 2 && longrope.longFactors().size() == size / 2,
          "there are %d short and %d long factors for %d rotary pairs",
          longrope.shortFactors().size(),
          longrope.longFactors().size(),
          size / 2);
    }
  }

  static void latent(LatentAttention latent, ModelConfig.Attention attention) {
    require(latent.queryRank() >= 0, "query rank %d is negative", latent.queryRank());
    positive("key-value rank", latent.keyValueRank());
    positive("columns of a head without positions", latent.plainSize());
    positive("columns of a head with positions", latent.turnedSize());
    positive("value head size", latent.valueSize());
    require(
        attention.headSize() == latent.headSize() && attention.heads() == attention.keyValueHeads(),
        "latent attention of %d + %d columns does not fit %d heads of %d over %d",
        latent.plainSize(),
        latent.turnedSize(),
        attention.heads(),
        attention.headSize(),
        attention.keyValueHeads());
    require(
        latent.valueSize() <= attention.headSize(),
        "value head size %d is above head size %d, which is not supported",
        latent.valueSize(),
        attention.headSize());
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
