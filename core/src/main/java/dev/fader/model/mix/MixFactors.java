package dev.fader.model.mix;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the parts of each layer are multiplied with, all faders of a mix together.
final class MixFactors {
  private static final int ATTENTION = 0;
  private static final int FEED_FORWARD = 1;

  private final ModelConfig config;
  private final double[][] branches; // (layers, attention | feed-forward)
  private final boolean[][] soloedBranches;
  private final Map<Target.Part, double[][]> parts = new EnumMap<>(Target.Part.class);
  private final Map<Target.Part, boolean[][]> soloedParts = new EnumMap<>(Target.Part.class);
  private boolean solosBranches;

  private MixFactors(ModelConfig config) {
    this.config = config;
    this.branches = new double[config.layers()][2];
    this.soloedBranches = new boolean[config.layers()][2];
    for (var layer : branches) {
      Arrays.fill(layer, 1);
    }
    for (var part : Target.Part.values()) {
      var factors = new double[config.layers()][];
      var soloed = new boolean[config.layers()][];
      for (int layer = 0; layer < factors.length; layer++) {
        factors[layer] = new double[count(part, config, layer)];
        Arrays.fill(factors[layer], 1);
        soloed[layer] = new boolean[factors[layer].length];
      }
      parts.put(part, factors);
      soloedParts.put(part, soloed);
    }
  }

  /// The factors of a mix.
  ///
  /// @throws MixException if it turns what the model does not have
  static MixFactors of(Mix mix, ModelConfig config) {
    var factors = new MixFactors(config);
    for (var fader : mix.faders()) {
      for (var target : fader.targets()) {
        switch (target) {
          case Target.Branches some -> factors.turn(fader, some);
          case Target.Parts some -> factors.turn(fader, some);
          case Target.Adapters _, Target.Embeddings _, Target.Entries _ -> {}
        }
      }
    }
    factors.silenceOthers();
    return factors;
  }

  /// How many heads, neurons or experts a layer has. In a layer of experts, neurons are those of
  /// the shared ones.
  static int count(Target.Part part, ModelConfig config, int layer) {
    var experts = config.feedForward().experts(layer);
    return switch (part) {
      case HEADS -> config.attention().heads();
      case NEURONS -> experts.map(Experts::sharedWidth).orElse(config.feedForward().width());
      case EXPERTS -> experts.map(Experts::count).orElse(0);
    };
  }

  private void turn(Fader fader, Target.Branches target) {
    solosBranches |= fader.soloed();
    for (int layer : target.layers().of(config.layers(), "layer")) {
      if (target.branch() != Target.Branch.FEED_FORWARD) {
        branches[layer][ATTENTION] *= fader.gain(layer);
        soloedBranches[layer][ATTENTION] |= fader.soloed();
      }
      if (target.branch() != Target.Branch.ATTENTION) {
        branches[layer][FEED_FORWARD] *= fader.gain(layer);
        soloedBranches[layer][FEED_FORWARD] |= fader.soloed();
      }
    }
  }

  private void turn(Fader fader, Target.Parts target) {
    var factors = parts.getOrDefault(target.part(), new double[0][]);
    var soloed = soloedParts.getOrDefault(target.part(), new boolean[0][]);
    String one = target.part().text().substring(0, target.part().text().length() - 1);
    var layers = target.layers().of(config.layers(), "layer");
    boolean found = false;
    for (int layer : layers) {
      int count = factors[layer].length;
      if (count == 0) {
        continue;
      }
      found = true;
      for (int number : target.numbers().of(count, one)) {
        factors[layer][number] *= fader.gain(layer);
        soloed[layer][number] |= fader.soloed();
      }
    }
    if (!found) {
      throw new MixException(
          "the mix turns %s, and there are no %s in these layers of this model"
              .formatted(target, target.part().text()));
    }
  }

  /// Where something is soloed, the rest of its kind is silent.
  private void silenceOthers() {
    for (int layer = 0; solosBranches && layer < branches.length; layer++) {
      for (int branch = 0; branch < 2; branch++) {
        if (!soloedBranches[layer][branch]) {
          branches[layer][branch] = 0;
        }
      }
    }
    parts.forEach((part, factors) -> {
      for (int layer = 0; layer < factors.length; layer++) {
        silenceOthers(factors[layer], soloedParts.getOrDefault(part, new boolean[0][])[layer]);
      }
    });
  }

  private static void silenceOthers(double[] factors, boolean[] soloed) {
    boolean any = false;
    for (boolean one : soloed) {
      any |= one;
    }
    for (int i = 0; any && i < factors.length; i++) {
      factors[i] = soloed[i] ? factors[i] : 0;
    }
  }

  /// The factor of a branch: 1 changes nothing.
  float branch(Site branch, int layer) {
    return (float) branches[layer][branch == Site.ATTENTION ? ATTENTION : FEED_FORWARD];
  }

  /// The factors of the parts of a layer, one for each.
  float[] parts(Target.Part part, int layer) {
    var factors = parts.getOrDefault(part, new double[0][])[layer];
    var result = new float[factors.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) factors[i];
    }
    return result;
  }

  /// Factors of the columns of each place that is not left as it is.
  Map<Place, List<Float>> places() {
    var places = new LinkedHashMap<Place, List<Float>>();
    int valueSize = config.attention().outputWidth() / config.attention().heads();
    for (int layer = 0; layer < config.layers(); layer++) {
      put(places, Site.HEADS.in(layer), parts(Target.Part.HEADS, layer), valueSize);
      put(places, Site.NEURONS.in(layer), parts(Target.Part.NEURONS, layer), 1);
      put(places, Site.EXPERTS.in(layer), parts(Target.Part.EXPERTS, layer), 1);
      for (var branch : List.of(Site.ATTENTION, Site.FEED_FORWARD)) {
        put(places, branch.in(layer), new float[] {branch(branch, layer)}, config.width());
      }
    }
    return places;
  }

  private static void put(
      Map<Place, List<Float>> places, Place place, float[] factors, int columns) {
    boolean neutral = true;
    var all = new ArrayList<Float>();
    for (float factor : factors) {
      neutral &= factor == 1;
      for (int column = 0; column < columns; column++) {
        all.add(factor);
      }
    }
    if (!neutral) {
      places.put(place, all);
    }
  }
}
