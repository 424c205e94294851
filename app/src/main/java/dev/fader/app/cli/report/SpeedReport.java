package dev.fader.app.cli.report;

import dev.fader.app.view.Json;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.inspect.speed.MeasuredSpeed;
import dev.fader.kernel.Engine;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// How fast a model is: a line a test, and what share that is of what the machine can do.
public final class SpeedReport {
  private final PrintWriter out;
  private final Engine engine;
  private final MachineSpeed machineSpeed;

  /// @param machineSpeed what shares are of
  public SpeedReport(PrintWriter out, Engine engine, MachineSpeed machineSpeed) {
    this.out = out;
    this.engine = engine;
    this.machineSpeed = machineSpeed;
  }

  /// For people.
  public void table(String model, Machine machine, List<MeasuredSpeed> rows) {
    out.println(model);
    line("%s, %d threads, %s", machine.processor(), engine.threads(), engine.kernels().choice());
    line(
        "memory %s, products %s, measured",
        TrainingPlan.scaled(machineSpeed.bytesPerSecond(), "B/s"),
        TrainingPlan.scaled(machineSpeed.flopsPerSecond(), "FLOP/s"));
    out.println();
    line(
        "%-14s %6s %8s %20s %8s %9s", "test", "batch", "context", "tokens/s", "memory", "products");
    for (var row : rows) {
      var test = row.test();
      line(
          "%-14s %6d %8d %11.2f ± %6.2f %6.0f %% %7.0f %%",
          test.kind().title() + " " + test.tokens(),
          test.batch(),
          test.context(),
          row.tokensPerSecond(),
          row.spread(),
          100 * memoryShare(row),
          100 * productShare(row));
    }
  }

  private double memoryShare(MeasuredSpeed row) {
    return row.bytesPerSecond() / machineSpeed.bytesPerSecond();
  }

  private double productShare(MeasuredSpeed row) {
    return row.flopsPerSecond() / machineSpeed.flopsPerSecond();
  }

  private void line(String format, Object... values) {
    out.printf(Locale.ROOT, format + "%n", values);
  }

  /// For programs.
  public void json(String model, Machine machine, List<MeasuredSpeed> rows) {
    var entries = rows.stream().map(this::row).toList();
    out.println(
        Json.text(
            Json.object(
                "model", model,
                "processor", machine.processor(),
                "threads", engine.threads(),
                "vector_bits", engine.kernels().vectorBits(),
                "memory_bytes_per_second", machineSpeed.bytesPerSecond(),
                "gemm_flops_per_second", machineSpeed.flopsPerSecond(),
                "rows", entries)));
  }

  private Object row(MeasuredSpeed row) {
    var test = row.test();
    return Json.object(
        "test", test.kind().title(),
        "tokens", test.tokens(),
        "batch", test.batch(),
        "context", test.context(),
        "tokens_per_second", row.tokensPerSecond(),
        "spread", row.spread(),
        "memory_share", memoryShare(row),
        "product_share", productShare(row));
  }
}
