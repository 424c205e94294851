package dev.fader.app.cli.report;

import dev.fader.inspect.machine.Device;
import dev.fader.inspect.machine.Region;
import dev.fader.inspect.plan.ScalingLaw;
import java.io.PrintWriter;
import java.util.Locale;

/// How the numbers of a plan come about, and where their constants are from.
public final class PlanFormulas {
  private static final String FORMULAS =
      """

      formulas
        weights          sum over tensors of numbers * bits / 8; in a type that fader quantize writes each tensor has
                         the type that it gets there; in other block types one-dimensional ones are in float32
        keys and values  sum over layers of min(context, window) * 2 * key-value heads * head size * bytes;
                         latent attention keeps (latent + rotated columns) instead (DeepSeek-V2, arXiv:2405.04434);
                         in whole pages of 32 tokens, and of a window some hundred tokens more than it sees
        tokens/s         bandwidth / (bytes of the weights that a token uses + the keys and values of those before it):
                         a bound, not a promise, for the first token and for the last of the context
        training         weights, gradients, optimizer and copies: bytes a parameter by precision, mixed is
                         2 + 2 + 8 + 4 with AdamW (ZeRO, arXiv:1910.02054); divided among devices from --zero 1 on
        activations      what Fader's decoder keeps of each operation and their gradients, found by running it
                         on memory that is only counted, as fader train --dry-run does; its numbers are float32,
                         of which --precision takes the bytes
        forward          2 * numbers of the matrices a token passes, without biases, + 2 * 2 * width * keys for attention
        backward         two products for each of the forward pass
        6ND              6 * parameters that a token uses * tokens (Kaplan et al., arXiv:2001.08361)
        device-hours     operations / (peak rate * utilization) / 3600; 0.4 is about what Llama 3 reached
                         (38 to 43 %, arXiv:2407.21783)
        energy           device-hours * watts; * PUE for the building: 1.1 as in Touvron et al., arXiv:2302.13971
        CO2              kWh * grams a kWh of the region
        exchange         latency + bytes * (ranks - 1) / ranks / rate for the parts that ranks send each other, all at
                         once and 8 MiB at a time, as much again for the sums or weights that all then get; for
                         every microbatch of a rank the first, with --zero 3 the second twice
                         (ring, tree, halving and doubling: Thakur, Rabenseifner and Gropp 2005)
        adding up        3 * bytes of the gradients of a microbatch / bandwidth, of each microbatch of a rank
        hidden           the first, with adding up, and with --zero 0 the second, beside the backward pass (two thirds
                         of computing) and, but for the last microbatch, beside the next forward pass (not with
                         --zero 3); never what is complete last: the first layer, and what is outside of layers
        efficiency       the time of one rank, which adds up after each pass, / (ranks * time of a step): above 100 %
                         where ranks add up while they compute; each layer is taken to fill buckets of 8 MiB
        price            device-hours * price of one: on-demand prices of 2025, rounded; give yours with --price
      laws of loss: E + A / N^alpha + B / D^beta
      """;

  private PlanFormulas() {}

  public static void print(PrintWriter out) {
    out.print(FORMULAS);
    for (var law : ScalingLaw.all()) {
      out.printf(
          Locale.ROOT,
          "  %s: E %s, A %s, B %s, alpha %s, beta %s (%s)%n",
          law.name(),
          law.e(),
          law.a(),
          law.b(),
          law.alpha(),
          law.beta(),
          law.source());
    }
    out.println("devices");
    for (var device : Device.all()) {
      out.printf(
          Locale.ROOT,
          "  %-11s %s, %s %s, %s, %s; %s%n",
          device.name(),
          device.title(),
          ModelPlanReport.scaled(device.flopsPerSecond(), "FLOP/s"),
          device.format(),
          ModelPlanReport.scaled(device.bytesPerSecond(), "B/s"),
          device.watts().isPresent()
              ? ModelPlanReport.number(device.watts().getAsDouble()) + " W"
              : "power not published",
          device.source());
    }
    out.printf(Locale.ROOT, "regions: %s%n ", Region.SOURCE);
    for (var region : Region.all()) {
      out.printf(Locale.ROOT, " %s %.0f", region.name(), region.gramsPerKilowattHour());
    }
    out.println();
  }
}
