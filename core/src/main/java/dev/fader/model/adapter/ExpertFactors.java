package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// LoRA of experts that stands in a file matrix by matrix, put together as peft has it for
/// `target_parameters`: gate and up in one pair of factors, of which B has a block for each, and
/// all experts of a layer in one tensor.
///
/// Source: peft 0.21, `utils/transformers_weight_conversion.py`, which does it to older files.
final class ExpertFactors {
  /// A matrix of an expert.
  enum Part {
    GATE,
    UP,
    DOWN;

    /// The part that names call so.
    static Part of(String name) {
      return switch (name) {
        case "w1", "gate_proj", "gate" -> GATE;
        case "w3", "up_proj", "up" -> UP;
        default -> DOWN;
      };
    }
  }

  /// The factors of one matrix of one expert.
  ///
  /// @param down A (rank, in)
  /// @param up B (out, rank)
  /// @param scale of their product
  record Pair(Tensor down, Tensor up, float scale) {
    int rank() {
      return down.shape().size(0);
    }
  }

  private final ModelConfig model;
  private final Map<Integer, Map<Part, TreeMap<Integer, Pair>>> layers = new TreeMap<>();

  ExpertFactors(ModelConfig model) {
    this.model = model;
  }

  boolean isEmpty() {
    return layers.isEmpty();
  }

  /// Where a matrix belongs.
  ///
  /// @param name that the file has for it, for messages
  record Place(String name, int layer, int expert, Part part) {}

  /// Adds the factors of one matrix.
  ///
  /// @throws AdapterException if the model has no such expert, or one of other shapes
  void put(Place place, Pair pair) {
    String name = place.name;
    var part = place.part;
    Optional<Experts> experts =
        place.layer < model.layers() ? model.feedForward().experts(place.layer) : Optional.empty();
    if (experts.isEmpty() || place.expert >= experts.get().count()) {
      throw new AdapterException(
          "the adapter has '%s', and this model does not have such an expert: is it for another model?"
              .formatted(name));
    }
    long in = part == Part.DOWN ? experts.get().width() : model.width();
    long out = part == Part.DOWN ? model.width() : experts.get().width();
    long rank = pair.down.shape().rank() == 2 ? pair.down.shape().dimension(0) : 0;
    if (rank < 1
        || !pair.down.shape().equals(Shape.of(rank, in))
        || !pair.up.shape().equals(Shape.of(out, rank))) {
      throw new AdapterException(
          "'%s' has factors of shapes %s and %s, and the matrix is %d by %d: is the adapter for another model?"
              .formatted(name, pair.down.shape(), pair.up.shape(), out, in));
    }
    layers
        .computeIfAbsent(place.layer, _ -> new EnumMap<>(Part.class))
        .computeIfAbsent(part, _ -> new TreeMap<>())
        .put(place.expert, pair);
  }

  /// What belongs together: a parameter of all experts of a layer.
  ///
  /// @param name in transformers: `model.layers.0.mlp.experts.gate_up_proj`
  /// @param key of A in a file, without `lora_A.weight`
  private record Parameter(int layer, String name, String key, List<Part> parts, int rank) {}

  private List<Parameter> parameters() {
    var parameters = new ArrayList<Parameter>();
    layers.forEach((layer, parts) -> {
      String module = "model.layers.%d.mlp.experts.".formatted(layer);
      boolean down = parts.containsKey(Part.DOWN);
      var first = new ArrayList<>(parts.keySet());
      first.remove(Part.DOWN);
      if (!first.isEmpty()) {
        String inner = module + (down ? ExpertParameters.WRAP : "");
        parameters.add(parameter(layer, module + ModelAdapter.GATE_UP, inner, first));
      }
      if (down) {
        parameters.add(parameter(layer, module + ModelAdapter.DOWN, module, List.of(Part.DOWN)));
      }
    });
    return parameters;
  }

  private Parameter parameter(int layer, String name, String module, List<Part> parts) {
    int experts = model.feedForward().experts(layer).orElseThrow().count();
    long rank = 0;
    for (var part : parts) {
      var all = experts(layer, part);
      var any = all.values().iterator().next();
      for (int expert = 0; expert < experts; expert++) {
        var one = all.get(expert);
        if (one == null || one.rank() != any.rank() || one.scale != any.scale) {
          throw new AdapterException(
              "of layer %d, the %s of expert %d %s: all experts of a layer must have factors of one rank"
                  .formatted(
                      layer,
                      part.name().toLowerCase(Locale.ROOT),
                      expert,
                      one == null ? "is missing" : "has another rank or scale"));
        }
      }
      rank = Math.addExact(rank, any.rank());
    }
    return new Parameter(
        layer, name, AdapterBuilder.PREFIX + module, List.copyOf(parts), Math.toIntExact(rank));
  }

  /// Plain LoRA as `method`, with these parameters too. Dropout is left out, which peft does not
  /// have beside them.
  LoraMethod method(LoraMethod method) {
    var parameters = parameters();
    var names = parameters.stream().map(Parameter::name).toList();
    var ranks = new LinkedHashMap<String, Integer>();
    var alphas = new LinkedHashMap<String, Double>();
    var variant = method.variant();
    for (var parameter : parameters) {
      String pattern = parameter.name.replace(".", "\\.");
      double rank = parameter.rank;
      ranks.put(pattern, parameter.rank);
      alphas.put(pattern, scale(parameter) * (variant.rootOfRank() ? Math.sqrt(rank) : rank));
    }
    ranks.putAll(method.ranks().rankOf());
    alphas.putAll(method.ranks().alphaOf());
    return new LoraMethod(
        new Ranks(method.ranks().rank(), method.ranks().alpha(), ranks, alphas),
        new LoraMethod.Variant(variant.rootOfRank(), variant.decomposed(), variant.bias(), 0),
        method.init(),
        method.tokens(),
        names,
        method.invocation());
  }

  /// The largest of its parts; what differs from it is put into B.
  private double scale(Parameter parameter) {
    double largest = 0;
    for (var part : parameter.parts) {
      double scale = pair(parameter, part, 0).scale;
      largest = Math.abs(scale) > Math.abs(largest) ? scale : largest;
    }
    return largest;
  }

  /// The tensors by their names in a file of peft, in its order.
  SequencedMap<String, Tensor> tensors(TensorArena values) {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var parameter : parameters()) {
      var experts = model.feedForward().experts(parameter.layer).orElseThrow();
      tensors.put(parameter.key + LowRankAdapter.DOWN, down(parameter, experts, values));
      tensors.put(parameter.key + LowRankAdapter.UP, up(parameter, experts, values));
    }
    return tensors;
  }

  /// (experts * rank, in): of each expert the factor of gate, then that of up.
  private Tensor down(Parameter parameter, Experts experts, TensorArena values) {
    boolean second = parameter.parts.contains(Part.DOWN);
    long in = second ? experts.width() : model.width();
    var tensor = values.floats(Math.multiplyExact((long) experts.count(), parameter.rank), in);
    long row = 0;
    for (int expert = 0; expert < experts.count(); expert++) {
      for (var part : parameter.parts) {
        var pair = pair(parameter, part, expert);
        tensor.slice(row, pair.rank()).copyFrom(pair.down);
        row += pair.rank();
      }
    }
    return tensor;
  }

  private Pair pair(Parameter parameter, Part part, int expert) {
    return Objects.requireNonNull(experts(parameter.layer, part).get(expert));
  }

  private Map<Integer, Pair> experts(int layer, Part part) {
    return Objects.requireNonNull(Objects.requireNonNull(layers.get(layer)).get(part));
  }

  /// (out, rank * experts), in which experts take turns.
  private Tensor up(Parameter parameter, Experts experts, TensorArena values) {
    boolean second = parameter.parts.contains(Part.DOWN);
    long out = second ? model.width() : 2L * experts.width();
    var tensor = values.floats(out, Math.multiplyExact((long) experts.count(), parameter.rank));
    boolean alternate = model.names().has(Role.EXPERT_GATE_UP);
    double all = scale(parameter);
    for (int expert = 0; expert < experts.count(); expert++) {
      int column = 0;
      for (var part : parameter.parts) {
        var pair = pair(parameter, part, expert);
        double factor = pair.scale == all ? 1 : pair.scale / all;
        for (int i = 0; i < pair.up.shape().size(0); i++) {
          long row = second ? i : row(part, i, experts.width(), alternate);
          for (int k = 0; k < pair.rank(); k++) {
            long at = (column + k) * (long) experts.count() + expert;
            float value = pair.up.get((long) i * pair.rank() + k);
            tensor.set(row * parameter.rank * experts.count() + at, (float) (factor * value));
          }
        }
        column += pair.rank();
      }
    }
    return tensor;
  }

  /// Gate and up one behind the other in transformers, or by turns.
  private static long row(Part part, int row, int width, boolean alternate) {
    int up = part == Part.UP ? 1 : 0;
    return alternate ? 2L * row + up : (long) up * width + row;
  }
}
