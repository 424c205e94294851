package dev.fader.app.cli.report;

import dev.fader.app.cli.option.PlanOptions;
import dev.fader.app.view.Json;
import dev.fader.inspect.machine.Device;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.RunningCount;
import dev.fader.inspect.plan.RunningMemory;
import dev.fader.inspect.plan.ScalingLaw;
import dev.fader.inspect.plan.TrainingMemory;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.inspect.plan.WeightBytes;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.QuantizedTensor;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Plans of models for people and for programs.
public final class ModelPlanReport {
  private static final List<DType> PLAIN = List.of(DType.FLOAT32, DType.BFLOAT16);

  private static final List<QuantizationMix> MIXES =
      List.of(
          QuantizationMix.Q8_0,
          QuantizationMix.Q6_K,
          QuantizationMix.Q5_K_M,
          QuantizationMix.Q4_K_M,
          QuantizationMix.Q2_K);

  private final PrintWriter out;
  private final PlanOptions options;

  public ModelPlanReport(PrintWriter out, PlanOptions options) {
    this.out = out;
    this.options = options;
  }

  public void whole(ModelPlan plan, List<Device> devices) {
    var subject = plan.subject();
    line(
        "%s: %,.0f parameters, of which a token uses %,.0f",
        subject.name(), subject.parameters(), subject.active());
    plan.running()
        .ifPresent(running -> {
          running(plan, running, devices);
          training(plan);
        });
    compute(plan);
    cost(plan);
    RankPlan.of(plan, options)
        .ifPresent(ranks -> new RankPlanReport(out).print(ranks, wholeTraining(plan, ranks)));
  }

  private void running(ModelPlan plan, RunningCount running, List<Device> devices) {
    var need = need(plan, running);
    var config = running.config();
    line("");
    line("to run, with a context of %,d", plan.context());
    line(
        "  %-22s %10s  %s, %.4g bits a weight",
        "weights",
        bytes(need.weights()),
        name(options.weights()),
        running.weights().bitsPerWeight());
    line(
        "  %-22s %10s  %,.0f bytes a token in %s%s",
        "keys and values",
        bytes(need.cache()),
        RunningMemory.cacheBytesPerToken(config, options.cache()),
        name(options.cache()),
        config.attention().latent().isPresent() ? ", the latent" : windows(config));
    line("  %-22s %10s", "working", bytes(need.working()));
    line("  %-22s %10s", "in all", bytes(need.total()));
    var types = new StringBuilder();
    for (var type : types(config)) {
      types.append(", %s %s".formatted(name(type), bytes(WeightBytes.of(config, type).all())));
    }
    line("  weights in %s", types.substring(2));
    line(
        "  %-14s %10s %6s %16s %16s %16s",
        "device", "memory", "fits", "longest context", "tokens/s at most", "and at the end");
    devices.forEach(device -> device(plan, running, device));
  }

  /// The usual ones that such models are in.
  private static List<WeightType> types(ModelConfig config) {
    var types = new ArrayList<WeightType>();
    PLAIN.forEach(type -> types.add(new WeightType.Uniform(type)));
    if (QuantizedTensor.isKnown(config)) {
      MIXES.forEach(mix -> types.add(new WeightType.Mixed(mix)));
    }
    return types;
  }

  private static String windows(ModelConfig config) {
    var windows = config.attention().windows();
    long some = windows.stream().filter(window -> window > 0).count();
    return some == 0
        ? ""
        : "; %d of %d layers keep %d tokens at most"
            .formatted(some, windows.size(), windows.stream().mapToInt(w -> w).max().orElse(0));
  }

  private RunningMemory need(ModelPlan plan, RunningCount running) {
    return running.memory(plan.context());
  }

  private void device(ModelPlan plan, RunningCount running, Device device) {
    long longest = running.longestContext(memory(device));
    boolean fits = need(plan, running).total() <= memory(device);
    line(
        "  %-14s %10s %6s %16s %16s %16s",
        device.name(),
        bytes(memory(device)),
        fits ? "yes" : "no",
        longest == 0
            ? "-"
            : longest >= running.config().context()
                ? String.format(Locale.ROOT, "all %,d", running.config().context())
                : String.format(Locale.ROOT, "%,d", longest),
        rate(fits, tokensPerSecond(running, device, 0)),
        rate(fits, tokensPerSecond(running, device, plan.context())));
  }

  private static String rate(boolean fits, double tokensPerSecond) {
    return fits && tokensPerSecond > 0 ? String.format(Locale.ROOT, "%,.1f", tokensPerSecond) : "-";
  }

  private double memory(Device device) {
    return (double) device.memoryBytes() * options.devices();
  }

  /// Every token reads the weights that it uses, and the keys and values of those before it; 0
  /// where the device's rate is not known.
  private double tokensPerSecond(RunningCount running, Device device, int before) {
    double read = running.weights().passed() + running.memory(before).cache();
    return device.bytesPerSecond() * options.devices() / read;
  }

  private void training(ModelPlan plan) {
    var need = plan.training().orElseThrow();
    var setup = options.setup();
    line("");
    line(
        "to train, %s, %s, batch %d, %s, on each of %d",
        lower(setup.precision()),
        lower(setup.optimizer()),
        options.batch(),
        options.recompute() ? "layers run again" : "activations kept",
        options.workers());
    row("weights", need.weights());
    row("gradients", need.gradients());
    row("optimizer", need.optimizer());
    row("float32 copies", need.copies());
    row("activations", need.activations());
    row("in all", need.total());
    line("  %-22s %10s  %s", "on " + plan.device().name(), deviceMemory(plan), trainingFits(plan));
  }

  private static String deviceMemory(ModelPlan plan) {
    return bytes((double) plan.device().memoryBytes());
  }

  private String trainingFits(ModelPlan plan) {
    if (plan.trainingFits()) {
      return "fits";
    }
    var workers = plan.workersToFit(options.setup());
    if (workers.isEmpty()) {
      return "does not fit, nor would its activations alone: "
          + (options.recompute() ? "" : "--recompute, ")
          + "a smaller --batch, a shorter --context";
    }
    return "does not fit; on %d it does, with %s %d --zero 3"
        .formatted(workers.getAsLong(), options.workersFlag(), workers.getAsLong());
  }

  private void row(String name, double bytes) {
    line("  %-22s %10s", name, bytes(bytes));
  }

  private void compute(ModelPlan plan) {
    line("");
    line("operations");
    plan.flops().ifPresent(flops -> operations(plan, flops));
    line(
        "  tokens to train on     %10s  best for this size: %s",
        scaled(plan.tokens(), ""), scaled(plan.optimalTokens(), ""));
    line(
        "  training               %10.3g FLOP; 6ND gives %.3g", plan.trainingFlops(), plan.sixNd());
    line("  loss to expect         %s", losses(plan));
    if (!ScalingLaw.isWithin(plan.subject().active())) {
      line(
          "    of models outside the %s to %s parameters that the laws were fitted to",
          scaled(ScalingLaw.SMALLEST, ""), scaled(ScalingLaw.LARGEST, ""));
    }
  }

  private static String losses(ModelPlan plan) {
    if (plan.losses().isEmpty()) {
      return "not known: the laws give more than the %.3f of uniform guessing"
          .formatted(plan.lossOfKnowingNothing().orElseThrow());
    }
    var band = new ArrayList<String>();
    for (int i = 0; i < plan.losses().size(); i++) {
      band.add(
          String.format(
              Locale.ROOT, "%.3f (%s)", plan.losses().get(i), ScalingLaw.all().get(i).name()));
    }
    return String.join(", ", band);
  }

  private void operations(ModelPlan plan, FlopsPerToken flops) {
    double time = plan.context();
    line(
        "  forward                %,.0f FLOP for %,d tokens",
        flops.uncausalForward() * time, plan.context());
    line(
        "    matrices %s, head %s, attention %s; %s where the causal half is saved",
        scaled(flops.layers() * time, "FLOP"),
        scaled(flops.head() * time, "FLOP"),
        scaled(flops.uncausalAttention() * time, "FLOP"),
        scaled(flops.attention() * time, "FLOP"));
    line("  backward               %,.0f FLOP", 2 * flops.uncausalForward() * time);
  }

  private void cost(ModelPlan plan) {
    var cost = plan.cost();
    line("");
    line(
        "cost, on %s at %.0f %% of %s",
        plan.device().title(),
        100 * options.utilization(),
        scaled(plan.device().flopsPerSecond(), "FLOP/s"));
    line(
        "  device-hours           %s; %s on %d%s",
        number(cost.deviceHours()),
        PlanReport.duration(cost.hours() * 3600),
        options.workers(),
        plan.training().isEmpty() || plan.trainingFits() ? "" : ", where it does not fit");
    if (cost.deviceKilowattHours().isPresent()) {
      line(
          "  energy                 %s kWh by the devices, %s kWh with a PUE of %s",
          number(cost.deviceKilowattHours().getAsDouble()),
          number(cost.kilowattHours().orElse(0)),
          options.pue());
      line(
          "  CO2                    %s kg (%s)",
          number(cost.kilograms().orElse(0)), options.region().name());
    } else {
      line("  energy                 not known: give --watts");
    }
    if (cost.price().isPresent()) {
      line("  price                  %s USD", number(cost.price().getAsDouble()));
    }
  }

  /// Several models at a glance.
  public void table(List<ModelPlan> plans) {
    line(
        "%-18s %9s %9s %9s %10s %10s %12s %12s %10s %6s",
        "model", "size", "run", "train", "tokens", "FLOP", "device-hours", "kWh", "USD", "loss");
    for (var plan : plans) {
      line(
          "%-18s %9s %9s %9s %10s %10.2e %12s %12s %10s %6s",
          plan.subject().name(),
          scaled(plan.subject().parameters(), ""),
          plan.running().map(running -> bytes(need(plan, running).total())).orElse("-"),
          plan.training().map(need -> bytes(need.total())).orElse("-"),
          scaled(plan.tokens(), ""),
          plan.trainingFlops(),
          number(plan.cost().deviceHours()),
          plan.cost().kilowattHours().isPresent()
              ? number(plan.cost().kilowattHours().getAsDouble())
              : "-",
          plan.cost().price().isPresent() ? number(plan.cost().price().getAsDouble()) : "-",
          plan.losses().isEmpty()
              ? "-"
              : String.format(Locale.ROOT, "%.3f", plan.losses().getFirst()));
    }
  }

  public void json(List<ModelPlan> plans, List<Device> devices) {
    out.println(
        Json.text(
            Json.object("models", plans.stream().map(plan -> object(plan, devices)).toList())));
  }

  private Map<String, Object> object(ModelPlan plan, List<Device> devices) {
    var subject = plan.subject();
    var object =
        Json.object(
            "name", subject.name(),
            "parameters", Math.round(subject.parameters()),
            "active", Math.round(subject.active()),
            "context", plan.context());
    plan.running()
        .ifPresent(running -> {
          object.put("run", runObject(plan, running));
          object.put(
              "devices",
              devices.stream().map(device -> deviceObject(plan, running, device)).toList());
        });
    plan.training().ifPresent(need -> object.put("train", trainObject(plan, need)));
    object.put("compute", computeObject(plan));
    object.put("cost", costObject(plan));
    RankPlan.of(plan, options)
        .ifPresent(ranks -> object.put("ranks", new RankPlanReport(out).object(ranks)));
    return object;
  }

  private static double wholeTraining(ModelPlan plan, RankPlan ranks) {
    return plan.tokens() / ranks.tokensPerStep() * ranks.step().seconds();
  }

  private Map<String, Object> runObject(ModelPlan plan, RunningCount running) {
    var need = need(plan, running);
    return Json.object(
        "weights_type", options.weights().name(),
        "bits_per_weight", running.weights().bitsPerWeight(),
        "weights_bytes", Math.round(need.weights()),
        "kv_cache_bytes_per_token",
            Math.round(RunningMemory.cacheBytesPerToken(running.config(), options.cache())),
        "kv_cache_bytes", Math.round(need.cache()),
        "working_bytes", Math.round(need.working()),
        "total_bytes", Math.round(need.total()));
  }

  private Map<String, Object> deviceObject(ModelPlan plan, RunningCount running, Device device) {
    var object =
        Json.object(
            "name", device.name(),
            "memory_bytes", Math.round(memory(device)),
            "fits", need(plan, running).total() <= memory(device),
            "longest_context", running.longestContext(memory(device)),
            "source", device.source());
    if (device.bytesPerSecond() > 0) {
      object.put("tokens_per_second_bound", tokensPerSecond(running, device, 0));
      object.put(
          "tokens_per_second_bound_at_context", tokensPerSecond(running, device, plan.context()));
    }
    return object;
  }

  private Map<String, Object> trainObject(ModelPlan plan, TrainingMemory need) {
    var object =
        Json.object(
            "precision", lower(options.setup().precision()),
            "optimizer", lower(options.setup().optimizer()),
            "weights_bytes", Math.round(need.weights()),
            "gradients_bytes", Math.round(need.gradients()),
            "optimizer_bytes", Math.round(need.optimizer()),
            "copies_bytes", Math.round(need.copies()),
            "activations_bytes", Math.round(need.activations()),
            "total_bytes", Math.round(need.total()),
            "device", plan.device().name(),
            "fits", plan.trainingFits());
    plan.workersToFit(options.setup()).ifPresent(workers -> object.put("devices_to_fit", workers));
    return object;
  }

  private static Map<String, Object> computeObject(ModelPlan plan) {
    var object =
        Json.object(
            "tokens", plan.tokens(),
            "optimal_tokens", plan.optimalTokens(),
            "training_flops", plan.trainingFlops(),
            "six_nd", plan.sixNd());
    plan.flops()
        .ifPresent(flops -> {
          double time = plan.context();
          object.put("forward_flops", Math.round(flops.uncausalForward() * time));
          object.put("forward_flops_causal", Math.round(flops.forward() * time));
          object.put("backward_flops", Math.round(2 * flops.uncausalForward() * time));
        });
    var losses = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < plan.losses().size(); i++) {
      losses.add(Json.object("law", ScalingLaw.all().get(i).name(), "loss", plan.losses().get(i)));
    }
    plan.losses().stream().findFirst().ifPresent(loss -> object.put("loss", loss));
    object.put("losses", losses);
    object.put("loss_extrapolated", !ScalingLaw.isWithin(plan.subject().active()));
    return object;
  }

  private static Map<String, Object> costObject(ModelPlan plan) {
    var cost = plan.cost();
    var object =
        Json.object(
            "device", plan.device().name(),
            "device_hours", cost.deviceHours(),
            "hours", cost.hours());
    cost.deviceKilowattHours().ifPresent(value -> object.put("device_kwh", value));
    cost.kilowattHours().ifPresent(value -> object.put("kwh", value));
    cost.kilograms().ifPresent(value -> object.put("kg_co2", value));
    cost.price().ifPresent(value -> object.put("price_usd", value));
    return object;
  }

  private static String name(WeightType type) {
    return type instanceof WeightType.Uniform(var stored) ? name(stored) : type.name();
  }

  private static String name(DType type) {
    return switch (type) {
      case FLOAT32 -> "f32";
      case FLOAT16 -> "f16";
      case BFLOAT16 -> "bf16";
      default -> type.name();
    };
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String bytes(double bytes) {
    return TrainingPlan.scaled(bytes, "B");
  }

  static String scaled(double value, String unit) {
    return TrainingPlan.scaled(value, unit).strip();
  }

  /// Whole where that is precise enough.
  static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.3g" : "%,.0f", value);
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
