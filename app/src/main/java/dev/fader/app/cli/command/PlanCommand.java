package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelLookup;
import dev.fader.app.cli.option.PlanOptions;
import dev.fader.app.cli.option.Quantity;
import dev.fader.app.cli.report.BudgetReport;
import dev.fader.app.cli.report.ModelPlan;
import dev.fader.app.cli.report.ModelPlanReport;
import dev.fader.app.cli.report.PlanFormulas;
import dev.fader.app.cli.report.PlanSubject;
import dev.fader.inspect.count.ModelFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader plan`: what a model would take to run and to train.
@Command(
    name = "plan",
    sortOptions = false,
    customSynopsis = {
      "fader plan MODEL... [OPTION...]",
      "       fader plan MODEL --ranks N --network RATE[,TIME]",
      "       fader plan --budget FLOPS,... | --hours H --device NAME --devices N"
    },
    description =
        "Plans what models need to run and to train: memory, operations, time, energy, money.")
public final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..*",
      description = ModelLookup.DESCRIPTION + " Or a number of parameters: 7B.")
  private List<String> models = List.of();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens to train on: 300B; default: as many as suit the size best.")
  private @Nullable String tokens;

  @Option(
      names = "--device-hours",
      paramLabel = "H",
      description = "Device-hours to price instead of those that training is expected to take.")
  private @Nullable String deviceHours;

  @Option(
      names = "--budget",
      split = ",",
      paramLabel = "FLOPS",
      description = "Compute-optimal sizes and tokens for these budgets of operations: 1e18.")
  private List<String> budgets = List.of();

  @Option(
      names = "--hours",
      paramLabel = "H",
      description = "The same for what --devices do in so many hours.")
  private @Nullable String hours;

  @Mixin private PlanOptions options;
  @Mixin private EngineOptions engine;

  @Option(names = "--explain", description = "Each formula, and the source of its constants.")
  private boolean explain;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  PlanCommand() {}

  @Override
  public Integer call() throws IOException {
    options.check();
    var out = spec.commandLine().getOut();
    boolean budgeted = !budgets.isEmpty() || hours != null;
    if (budgeted && !models.isEmpty()) {
      throw misuse("--budget and --hours find the size: leave MODEL out");
    }
    if (budgeted && options.network().isGiven()) {
      throw misuse("--ranks is for training a MODEL: leave --budget and --hours out");
    }
    if (!json && options.network().isGiven() && models.size() > 1) {
      throw misuse("--ranks tells of one MODEL: leave the others out, or give --json");
    }
    if (!budgeted && models.isEmpty()) {
      throw misuse("no model given: name one, or give --budget or --hours");
    }
    if (budgeted) {
      planBudgets();
    } else {
      planModels();
    }
    if (explain && !json) {
      PlanFormulas.print(out);
    }
    return 0;
  }

  private void planBudgets() {
    var device = options.device(engine);
    var flops = new ArrayList<Double>();
    for (var budget : budgets) {
      flops.add(number("budget", budget));
    }
    if (hours != null) {
      double rate = device.flopsPerSecond() * options.utilization() * options.devices();
      flops.add(number("hours", hours) * 3600 * rate);
    }
    var report = new BudgetReport(spec.commandLine().getOut(), options, device);
    if (json) {
      report.json(flops);
    } else {
      report.tables(flops);
    }
  }

  private void planModels() throws IOException {
    var subjects = new ArrayList<PlanSubject>();
    var lookup = new ModelLookup(spec);
    for (var model : models) {
      subjects.add(subject(lookup, model));
    }
    var trainingDevice = options.device(engine);
    var wishes =
        new ModelPlan.Wishes(optional("tokens", tokens), optional("device-hours", deviceHours));
    var plans = new ArrayList<ModelPlan>();
    for (var subject : subjects) {
      plans.add(checked(() -> ModelPlan.of(subject, options, trainingDevice, wishes)));
    }
    var report = new ModelPlanReport(spec.commandLine().getOut(), options);
    if (json) {
      report.json(plans, options.runningDevices(trainingDevice));
    } else if (plans.size() == 1) {
      report.whole(plans.getFirst(), options.runningDevices(trainingDevice));
    } else {
      report.table(plans);
    }
  }

  private ModelPlan checked(Supplier<ModelPlan> plan) {
    try {
      return plan.get();
    } catch (ArithmeticException overflow) {
      throw misuse("these sizes are more than can be counted: choose smaller ones");
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private PlanSubject subject(ModelLookup lookup, String model) throws IOException {
    boolean named = lookup.isKnown(model);
    if (!named && model.matches("[0-9.]+([eE][0-9]+)?[kKmMgGbBtT]?")) {
      double parameters = size(model);
      return new PlanSubject(model, parameters, parameters, Optional.empty());
    }
    var found = lookup.find(model);
    if (found.facts().isEmpty()) {
      var totals = found.published().flatMap(published -> published.totals()).orElseThrow();
      if (totals.from() != totals.to()) {
        throw misuse(
            "of %s only a range of estimates is known: plan a number of parameters, such as 2T"
                .formatted(model));
      }
      return new PlanSubject(model, totals.from(), totals.from(), Optional.empty());
    }
    return subject(found.facts().get());
  }

  /// A number of parameters instead of a model.
  private double size(String text) {
    try {
      double parameters = Quantity.parse("", text);
      if (parameters >= 1) {
        return parameters;
      }
    } catch (IllegalArgumentException wrong) {
      // said below
    }
    throw misuse(
        "'%s' is not a number of parameters: write a number from 1 on, like 125M or 7B"
            .formatted(text));
  }

  private static PlanSubject subject(ModelFacts facts) {
    var count = facts.count();
    return new PlanSubject(facts.name(), count.trainable(), count.active(), facts.config());
  }

  private OptionalDouble optional(String flag, @Nullable String text) {
    return text == null ? OptionalDouble.empty() : OptionalDouble.of(number(flag, text));
  }

  private double number(String flag, String text) {
    try {
      double value = Quantity.parse(flag, text);
      if (value > 0) {
        return value;
      }
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
    throw misuse("--%s is '%s', and must be above 0".formatted(flag, text));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
