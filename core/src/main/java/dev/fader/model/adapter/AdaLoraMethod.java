package dev.fader.model.adapter;

import dev.fader.adapter.AdaptiveLowRankAdapter;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// AdaLoRA: ranks that training gives to the modules that need them (Zhang et al. 2023,
/// arXiv:2303.10512).
///
/// @param alpha what is added is multiplied with `alpha / firstRank`
/// @param dropout of what A reads while training
/// @param budget how ranks are given
/// @param kept which of the first ranks each module kept, by its name; none before ranks were given
public record AdaLoraMethod(
    double alpha, float dropout, Budget budget, SequencedMap<String, List<Boolean>> kept)
    implements AdapterMethod {
  /// The small number that peft adds to the rank.
  private static final double EPSILON = 1e-5;

  private static final String KEPT = "rank_pattern";
  private static final String SUFFIX = "." + AdaptiveLowRankAdapter.VALUES;

  /// How ranks are given.
  ///
  /// @param firstRank `init_r` of each module
  /// @param meanRank `target_r` that is left of it
  /// @param warmup `tinit`, steps before any are taken
  /// @param settling `tfinal`, steps after all are
  /// @param interval `deltaT`, steps from one decision to the next
  /// @param steps `total_step` of the training
  /// @param smoothing `beta1` of the sensitivity
  /// @param uncertaintySmoothing `beta2` of its uncertainty
  /// @param orthogonality `orth_reg_weight`, what it costs that factors are not orthogonal
  public record Budget(
      int firstRank,
      int meanRank,
      int warmup,
      int settling,
      int interval,
      OptionalInt steps,
      double smoothing,
      double uncertaintySmoothing,
      double orthogonality) {}

  /// A copy with the ranks that modules kept.
  AdaLoraMethod withKept(SequencedMap<String, List<Boolean>> flags) {
    return new AdaLoraMethod(alpha, dropout, budget, flags);
  }

  /// AdaLoRA with peft's usual numbers, whose steps follow from those of the run.
  ///
  /// @param meanRank that is left
  /// @param firstRank that all begin with
  public static AdaLoraMethod of(int meanRank, int firstRank, double alpha, float dropout) {
    var budget = new Budget(firstRank, meanRank, 0, 0, 1, OptionalInt.empty(), 0.85, 0.85, 0.5);
    return new AdaLoraMethod(alpha, dropout, budget, new LinkedHashMap<>());
  }

  /// A copy for a run of so many steps, unless it says so itself: ranks are taken away from a tenth
  /// of them on until three tenths are left, a hundred times.
  public AdaLoraMethod forSteps(int steps) {
    if (budget.steps.isPresent()) {
      return this;
    }
    var planned =
        new Budget(
            budget.firstRank,
            budget.meanRank,
            steps / 10,
            3 * (steps / 10),
            Math.max(1, steps / 100),
            OptionalInt.of(steps),
            budget.smoothing,
            budget.uncertaintySmoothing,
            budget.orthogonality);
    return new AdaLoraMethod(alpha, dropout, planned, kept);
  }

  public AdaLoraMethod {
    kept = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(kept));
  }

  static AdaLoraMethod read(AdapterFields fields) throws FormatException {
    LoraInit.read(fields);
    fields.integer("r", 0); // peft does not use it
    return new AdaLoraMethod(
        fields.number("lora_alpha"), fields.dropout("lora_dropout"), budget(fields), kept(fields));
  }

  private static Budget budget(AdapterFields fields) throws FormatException {
    int steps = fields.integerOr("total_step", 1, 0);
    return new Budget(
        Ranks.rank(fields, "init_r", fields.integer("init_r", 1)),
        fields.integer("target_r", 0),
        fields.integer("tinit", 0),
        fields.integer("tfinal", 0),
        fields.integer("deltaT", 1),
        steps == 0 ? OptionalInt.empty() : OptionalInt.of(steps),
        fields.number("beta1"),
        fields.number("beta2"),
        fields.number("orth_reg_weight"));
  }

  private static SequencedMap<String, List<Boolean>> kept(AdapterFields fields)
      throws FormatException {
    var kept = new LinkedHashMap<String, List<Boolean>>();
    for (var entry : fields.entries(KEPT).entrySet()) {
      String name = entry.getKey();
      if (!name.endsWith(SUFFIX) || !(entry.getValue() instanceof ArrayNode array)) {
        throw fields.wrong(
            KEPT,
            "has %s, and must have lists of true and false for names that end with %s"
                .formatted(FormatException.quoted(name), SUFFIX));
      }
      var flags = new ArrayList<Boolean>();
      for (var element : array) {
        if (!element.isBoolean()) {
          throw fields.wrong(
              KEPT, "has more than true and false for " + FormatException.quoted(name));
        }
        flags.add(element.booleanValue());
      }
      kept.put(module(name), List.copyOf(flags));
    }
    return kept;
  }

  private static String module(String name) {
    String module = name.substring(0, name.length() - SUFFIX.length());
    return module.startsWith(AdapterBuilder.PREFIX)
        ? module.substring(AdapterBuilder.PREFIX.length())
        : module;
  }

  void write(ObjectNode json) {
    Ranks.put(json, "lora_alpha", alpha);
    json.put("lora_dropout", dropout)
        .put("init_r", budget.firstRank)
        .put("target_r", budget.meanRank)
        .put("tinit", budget.warmup)
        .put("tfinal", budget.settling)
        .put("deltaT", budget.interval)
        .put("beta1", budget.smoothing)
        .put("beta2", budget.uncertaintySmoothing)
        .put("orth_reg_weight", budget.orthogonality);
    budget.steps.ifPresent(steps -> json.put("total_step", steps));
    if (!kept.isEmpty()) {
      var patterns = json.putObject(KEPT);
      kept.forEach((module, flags) -> {
        var array = patterns.putArray(module + SUFFIX);
        flags.forEach(flag -> array.add(flag.booleanValue()));
      });
    }
  }

  void build(AdapterBuilder builder) {
    var random = new InitialValue.Normal(0.02);
    for (var module : builder.projections(false)) {
      int rank = rank(module.name());
      var down = Shape.of(rank, module.inputs(builder.model()));
      var up = Shape.of(module.outputs(builder.model()), rank);
      // peft keeps dividing by the first rank when ranks were taken away
      double scale = (alpha > 0 ? alpha : budget.firstRank) / (budget.firstRank + EPSILON);
      builder.beside(
          module,
          new AdaptiveLowRankAdapter(
              builder.learned(module, AdaptiveLowRankAdapter.DOWN, down, random),
              builder.learned(
                  module, AdaptiveLowRankAdapter.VALUES, Shape.of(rank, 1), InitialValue.ZERO),
              builder.learnedOutputs(module, AdaptiveLowRankAdapter.UP, up, random),
              (float) scale,
              dropout));
    }
  }

  private int rank(String module) {
    var flags = kept.get(module);
    return flags == null
        ? budget.firstRank
        : Math.toIntExact(flags.stream().filter(flag -> flag).count());
  }
}
