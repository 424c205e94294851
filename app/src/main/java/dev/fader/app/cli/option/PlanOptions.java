package dev.fader.app.cli.option;

import dev.fader.inspect.count.TuningMethod;
import dev.fader.inspect.machine.Device;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.Region;
import dev.fader.inspect.plan.TrainingCost;
import dev.fader.inspect.plan.TrainingSetup;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// The resources of a plan.
public final class PlanOptions {
  private static final int MOST = 1_000_000_000;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of a sequence; default: the model's own, 8192 at most.")
  private @Nullable Integer context;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "How weights are stored to run: bf16, f16, f32, a type that fader quantize writes, such as"
              + " Q4_K_M, or another type of GGUF; default bf16.")
  private String type = "bf16";

  @Mixin private SessionOptions sessions;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "What it runs on: this (which is measured), laptop, macbook-m4, rtx-4090, a100, h100,"
              + " h200, b200, tpu-v5p; default for training h100.")
  private @Nullable String device;

  @Option(names = "--devices", paramLabel = "N", description = "How many of them; default 1.")
  private int devices = 1;

  @Mixin private NetworkOptions network;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences that a worker trains on together; default 1.")
  private int batch = 1;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description = "Precision of training: mixed, float32 or bfloat16; default mixed.")
  private String precision = "mixed";

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "adamw, adamw8bit, lion, muon or sgd; default adamw.")
  private String optimizer = "adamw";

  @Option(
      names = "--recompute",
      description = "Gradient checkpointing: layers keep only their input and are recomputed.")
  private boolean recompute;

  @Option(
      names = "--zero",
      paramLabel = "N",
      description =
          "What the devices shard (ZeRO): 1 optimizer states, 2 gradients too, 3"
              + " weights too; default 0.")
  private int zero;

  @Option(
      names = "--trainable",
      paramLabel = "METHOD",
      description = "Trains a few parameters only: lora:r=8, ia3, ... as in fader params.")
  private @Nullable String trainable;

  @Option(
      names = "--utilization",
      paramLabel = "F",
      description = "The part of its peak rate that a device reaches in training; default 0.4.")
  private double utilization = 0.4;

  @Option(names = "--watts", paramLabel = "W", description = "Power of one device in watts.")
  private @Nullable Double watts;

  @Option(
      names = "--pue",
      paramLabel = "F",
      description = "Power usage effectiveness (PUE) of the data centre; default 1.1.")
  private double pue = 1.1;

  @Option(
      names = "--region",
      paramLabel = "NAME",
      description = "Where the electricity is from; default world.")
  private String region = "world";

  @Option(names = "--price", paramLabel = "USD", description = "Price of one device-hour in USD.")
  private @Nullable Double price;

  PlanOptions() {}

  /// Refuses what makes no sense, before anything is computed.
  public void check() {
    within("--devices", devices, 1, MOST);
    within("--batch", batch, 1, MOST);
    within("--zero", zero, 0, 3);
    if (context != null) {
      within("--context", context, 1, Integer.MAX_VALUE);
    }
    if (!(utilization > 0 && utilization <= 1)) {
      throw misuse("--utilization is %s, and must be above 0 and at most 1".formatted(utilization));
    }
    if (!(pue >= 1 && pue <= 10)) {
      throw misuse("--pue is %s, and must be from 1 to 10".formatted(pue));
    }
    positive("--watts", watts);
    positive("--price", price);
    network.check(zero);
    if (network.isGiven() && devices != 1) {
      throw misuse(
          "--ranks %d and --devices %d: a rank is one device, so leave --devices out"
              .formatted(network.ranks(), devices));
    }
    setup();
    weights();
    sessions.check();
    region();
    method();
  }

  private void positive(String flag, @Nullable Double value) {
    if (value != null && !(value > 0 && value < MOST)) {
      throw misuse("%s is %s, and must be above 0".formatted(flag, value));
    }
  }

  private void within(String flag, int value, int least, int most) {
    if (value < least || value > most) {
      throw misuse("%s is %d, and must be from %d to %d".formatted(flag, value, least, most));
    }
  }

  public OptionalInt context() {
    return context == null ? OptionalInt.empty() : OptionalInt.of(context);
  }

  public int batch() {
    return batch;
  }

  public boolean recompute() {
    return recompute;
  }

  public double utilization() {
    return utilization;
  }

  public double pue() {
    return pue;
  }

  public int devices() {
    return devices;
  }

  /// Devices that train together.
  public int workers() {
    return network.isGiven() ? network.ranks() : devices;
  }

  /// What says how many they are.
  public String workersFlag() {
    return network.isGiven() ? "--ranks" : "--devices";
  }

  /// Ranks and what connects them.
  public NetworkOptions network() {
    return network;
  }

  public WeightType weights() {
    return StoredType.weights(command, "--type", type);
  }

  public DType cache() {
    return sessions.type(DType.FLOAT16);
  }

  /// Whether quantised weights are copied to run.
  public boolean repack() {
    return sessions.repack();
  }

  public TrainingSetup setup() {
    return new TrainingSetup(
        choice("--precision", precision, TrainingSetup.Precision.values()),
        choice("--optimizer", optimizer, TrainingSetup.Optimizer.values()),
        workers(),
        zero);
  }

  private <T extends Enum<T>> T choice(String flag, String name, T[] values) {
    return Stream.of(values)
        .filter(value -> value.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            misuse(
                "%s '%s' is not known: choose one of %s"
                    .formatted(
                        flag,
                        name,
                        String.join(
                            ", ",
                            Stream.of(values)
                                .map(value -> value.name().toLowerCase(Locale.ROOT))
                                .toList()))));
  }

  public Optional<TuningMethod> method() {
    try {
      return Optional.ofNullable(trainable).map(TuningMethod::parse);
    } catch (IllegalArgumentException wrong) {
      throw misuse("--trainable " + wrong.getMessage());
    }
  }

  /// Those to run on: the one that was named, or this machine, unmeasured, and all of the table.
  public List<Device> runningDevices(Device chosen) {
    if (device != null) {
      return List.of(chosen);
    }
    var machine = Machine.here();
    var here =
        new Device(
            "this",
            machine.processor(),
            0,
            "",
            0,
            machine.availableBytes(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            machine.memorySource() + "; --device this measures its speed");
    return Stream.concat(Stream.of(here), Device.all().stream()).toList();
  }

  /// The one to train on.
  public Device device(EngineOptions engine) {
    var name = device == null ? "h100" : device.toLowerCase(Locale.ROOT);
    if (name.equals("this")) {
      try (var opened = engine.open()) {
        return Device.of(Machine.here(), EngineOptions.speed(opened));
      }
    }
    var all = Device.all();
    return all.stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            misuse(
                "--device '%s' is not known: choose this, %s"
                    .formatted(
                        device, String.join(", ", all.stream().map(Device::name).toList()))));
  }

  public TrainingCost.Rates rates(Device chosen) {
    return new TrainingCost.Rates(
        workers(),
        watts == null ? chosen.watts() : OptionalDouble.of(watts),
        pue,
        region(),
        price == null ? chosen.price() : OptionalDouble.of(price));
  }

  public Region region() {
    var all = Region.all();
    return all.stream()
        .filter(one -> one.name().equalsIgnoreCase(region))
        .findFirst()
        .orElseThrow(() ->
            misuse(
                "--region '%s' is not known: choose one of %s"
                    .formatted(
                        region, String.join(", ", all.stream().map(Region::name).toList()))));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
