package dev.fader.app.cli.report;

import dev.fader.app.cli.option.PlanOptions;
import dev.fader.app.view.Json;
import dev.fader.inspect.machine.Device;
import dev.fader.inspect.plan.ScalingLaw;
import dev.fader.inspect.plan.TrainingCost;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What size to train on how many tokens, for so many operations.
public final class BudgetReport {
  private final PrintWriter out;
  private final PlanOptions options;
  private final Device device;

  public BudgetReport(PrintWriter out, PlanOptions options, Device device) {
    this.out = out;
    this.options = options;
    this.device = device;
  }

  public void tables(List<Double> budgets) {
    line(
        "%10s %10s %10s %8s %7s %13s %12s  %s",
        "FLOP",
        "size",
        "tokens",
        "a number",
        "loss",
        "device-hours",
        "on " + options.devices(),
        "by");
    for (double flops : budgets) {
      for (var law : ScalingLaw.all()) {
        var best = law.optimum(flops);
        var cost = cost(flops);
        line(
            "%10.2e %10s %10s %8.1f %7.3f %13s %12s  %s",
            flops,
            ModelPlanReport.scaled(best.parameters(), ""),
            ModelPlanReport.scaled(best.tokens(), ""),
            best.tokens() / best.parameters(),
            law.loss(best.parameters(), best.tokens()),
            ModelPlanReport.number(cost.deviceHours()),
            PlanReport.duration(cost.hours() * 3600),
            law.name());
      }
    }
    line("on %s at %.0f %% of its peak", device.title(), 100 * options.utilization());
  }

  private TrainingCost cost(double flops) {
    return TrainingCost.of(
        TrainingCost.deviceHours(flops, device, options.utilization()), options.rates(device));
  }

  public void json(List<Double> budgets) {
    var list = new ArrayList<Map<String, Object>>();
    for (double flops : budgets) {
      var laws = new ArrayList<Map<String, Object>>();
      for (var law : ScalingLaw.all()) {
        var best = law.optimum(flops);
        laws.add(
            Json.object(
                "law", law.name(),
                "parameters", best.parameters(),
                "tokens", best.tokens(),
                "loss", law.loss(best.parameters(), best.tokens())));
      }
      var cost = cost(flops);
      list.add(
          Json.object(
              "flops", flops,
              "parameters", ScalingLaw.REFITTED.optimum(flops).parameters(),
              "tokens", ScalingLaw.REFITTED.optimum(flops).tokens(),
              "laws", laws,
              "device", device.name(),
              "device_hours", cost.deviceHours(),
              "hours", cost.hours()));
    }
    out.println(Json.text(Json.object("budgets", list)));
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
