package dev.fader.app.cli.report;

import dev.fader.app.view.Json;
import dev.fader.inspect.plan.TrainingPlan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Plans of many ranks, for people and for programs.
final class RankPlanReport {
  /// What is told beside ranks that talk at every step.
  private static final List<Integer> SELDOM = List.of(50, 500);

  private static final int MOST_RANKS = 1 << 20;

  private final PrintWriter out;

  RankPlanReport(PrintWriter out) {
    this.out = out;
  }

  void print(RankPlan plan, double seconds) {
    var group = plan.group();
    var step = plan.step();
    line("");
    line(
        "on %,d ranks, %s and %s from one to another%s",
        group.ranks(),
        TrainingPlan.scaled(8 * plan.network().bytesPerSecond(), "bit/s"),
        time(plan.network().latency()),
        group.syncEvery() > 1 ? ", talking every %,d steps".formatted(group.syncEvery()) : "");
    if (!plan.memory().isEmpty()) {
      var memory = new ArrayList<String>();
      for (int stage = 0; stage < plan.memory().size(); stage++) {
        memory.add("%s with --zero %d".formatted(bytes(plan.memory().get(stage)), stage));
      }
      line("  memory of each         %s", String.join(", ", memory));
    }
    if (plan.outerMemory() > 0) {
      line(
          "    and %s for the weights that were common last, and their momentum",
          bytes(plan.outerMemory()));
    }
    line(
        "  a step                 %s tokens in %,d microbatches, %,d a rank",
        scaled(plan.tokensPerStep()), group.microbatches(), group.rounds());
    line("    computing            %s", time(step.compute()));
    line("    updating             %s", time(step.update()));
    line("    adding up            %s", time(step.sums()));
    line(
        "    exchanging           %s; of both, %s hidden behind computing",
        time(step.exchange()), step.hidden() == 0 ? "none" : time(step.hidden()));
    line("    in all               %s", time(step.seconds()));
    line("  traffic of a step      each sends %s and receives as much", bytes(step.sent()));
    sums(plan);
    line(
        "  efficiency             %s of %,d times one rank, %s tokens/s; the whole training %s",
        percent(step.efficiency()),
        group.ranks(),
        scaled(plan.tokensPerSecond(step, group.ranks())),
        PlanReport.duration(seconds));
    if (group.syncEvery() == 1 && group.ranks() > 1) {
      var seldom = new ArrayList<String>();
      for (int steps : SELDOM) {
        seldom.add(
            "%s with --sync-every %d".formatted(percent(plan.withSync(steps).efficiency()), steps));
      }
      line("    and                  %s", String.join(", ", seldom));
    }
    line("  worth it               %s", worth(plan.worthwhileRanks()));
    line("    %9s %10s %12s %10s", "ranks", "a step", "tokens/s", "efficiency");
    for (int ranks : plan.numbersOfRanks()) {
      var other = plan.withRanks(ranks);
      line(
          "    %,9d %10s %12s %10s",
          ranks,
          time(other.seconds()),
          scaled(plan.tokensPerSecond(other, ranks)),
          percent(other.efficiency()));
    }
  }

  /// One gradient of all numbers, on all ranks.
  private void sums(RankPlan plan) {
    double gradients = plan.work().trained() * plan.work().gradientBytes();
    int ranks = plan.group().ranks();
    var network = plan.network();
    line(
        "  sum of gradients       %s in one piece; around a ring %s, by a tree %s, by halving and doubling %s",
        time(2 * network.exchange(gradients, ranks)),
        time(network.ring(gradients, ranks)),
        time(network.tree(gradients, ranks)),
        time(network.halving(gradients, ranks)));
  }

  private static String worth(int ranks) {
    return ranks == 1
        ? "no: two ranks are slower than one"
        : ranks >= MOST_RANKS
            ? "for any number of ranks, as far as this network goes"
            : String.format(
                Locale.ROOT, "up to %,d ranks; above that, half of the time is lost", ranks);
  }

  Map<String, Object> object(RankPlan plan) {
    var group = plan.group();
    var step = plan.step();
    var object =
        Json.object(
            "ranks", group.ranks(),
            "zero", group.stage(),
            "sync_every", group.syncEvery(),
            "network_bytes_per_second", plan.network().bytesPerSecond(),
            "network_latency_seconds", plan.network().latency());
    if (!plan.memory().isEmpty()) {
      object.put("bytes_by_zero", plan.memory().stream().map(Math::round).toList());
    }
    object.put("outer_bytes", Math.round(plan.outerMemory()));
    object.put("microbatches_per_step", group.microbatches());
    object.put("tokens_per_step", plan.tokensPerStep());
    object.put("compute_seconds", step.compute());
    object.put("update_seconds", step.update());
    object.put("sum_seconds", step.sums());
    object.put("exchange_seconds", step.exchange());
    object.put("waited_seconds", step.waited());
    object.put("hidden_seconds", step.hidden());
    object.put("step_seconds", step.seconds());
    object.put("sent_bytes_per_step", step.sent());
    object.put("efficiency", step.efficiency());
    object.put("worthwhile_ranks", plan.worthwhileRanks());
    object.put(
        "by_ranks", plan.numbersOfRanks().stream().map(ranks -> rankObject(plan, ranks)).toList());
    return object;
  }

  private static Map<String, Object> rankObject(RankPlan plan, int ranks) {
    var other = plan.withRanks(ranks);
    return Json.object(
        "ranks", ranks,
        "step_seconds", other.seconds(),
        "tokens_per_second", plan.tokensPerSecond(other, ranks),
        "efficiency", other.efficiency());
  }

  /// Of any length.
  private static String time(double seconds) {
    if (seconds >= 60) {
      return PlanReport.duration(seconds);
    }
    if (seconds == 0) {
      return "0 s";
    }
    return seconds >= 1
        ? String.format(Locale.ROOT, "%.3g s", seconds)
        : seconds >= 1e-3
            ? String.format(Locale.ROOT, "%.3g ms", 1e3 * seconds)
            : String.format(Locale.ROOT, "%.3g us", 1e6 * seconds);
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, part < 0.1 ? "%.2g %%" : "%.0f %%", 100 * part);
  }

  private static String bytes(double bytes) {
    return TrainingPlan.scaled(bytes, "B");
  }

  private static String scaled(double value) {
    return ModelPlanReport.scaled(value, "");
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
