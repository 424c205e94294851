package dev.fader.app.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.option.ReportOptions;
import dev.fader.data.Position;
import dev.fader.format.FileContent;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.StepResult;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingState;
import dev.fader.train.Waiting;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Of runs whose ranks have waited as a test says.
class TrainingReportTest {
  private static final String SLOW = "the others waited for rank ";

  @TempDir private Path folder;

  /// Learns nothing, and tells how long ranks have waited.
  ///
  /// @param told by step; nothing in a step that tells of none
  private record Told(List<Optional<Waiting>> told, List<Long> taken) implements Learner {
    Told(List<Optional<Waiting>> told) {
      this(told, new ArrayList<>());
    }

    @Override
    public void begin() {}

    @Override
    public StepResult step(StepPlan plan) {
      taken.add(plan.step());
      return new StepResult(2, 1, 10, List.of(), List.of());
    }

    @Override
    public Optional<Waiting> waiting() {
      return told.get(taken.size() - 1);
    }

    @Override
    public Optional<Evaluation> evaluate() {
      return Optional.empty();
    }

    @Override
    public boolean isFinite() {
      return true;
    }

    @Override
    public boolean beginsTrained() {
      return false;
    }

    @Override
    public Position position() {
      return Position.START;
    }

    @Override
    public void seek(Position position) {}

    @Override
    public Amount amount() {
      return new Amount(10, 1000);
    }

    @Override
    public LearningCurve.Scale scale() {
      return new LearningCurve.Scale(3, false);
    }

    @Override
    public TrainingState.Origin origin() {
      return new TrainingState.Origin("", "", 10, 1, OptimizerConfig.Method.ADAMW);
    }

    @Override
    public Map<String, FileContent> files(TrainingState state) {
      return Map.of();
    }

    @Override
    public TrainingState read(Path directory) {
      throw new AssertionError("no such run goes on");
    }

    @Override
    public Decoder decoder() {
      throw new AssertionError("nothing is written");
    }

    @Override
    public void close() {}
  }

  /// What a run told.
  private record Heard(String err, JsonNode summary, List<JsonNode> log) {
    String slow() {
      return err.lines().filter(line -> line.startsWith(SLOW)).findFirst().orElse("");
    }
  }

  private static Optional<Waiting> waiting(double of, Double... seconds) {
    return Optional.of(new Waiting(List.of(seconds), of));
  }

  /// @param waiting by step
  private Heard run(List<Optional<Waiting>> waiting) throws Exception {
    var steps = new TrainingBudget.Steps(waiting.size());
    var config =
        new TrainingConfig(
            new TrainingConfig.Batching(1, 1, 10),
            steps,
            new Schedule(Schedule.Shape.CONSTANT, 1e-3, 0, 0),
            OptimizerConfig.adamw(),
            TrainingConfig.Cadence.standard(),
            0,
            1,
            false,
            false);
    var out = folder.resolve("out");
    var options = CommandLine.defaultFactory().create(ReportOptions.class);
    var command =
        new CommandLine(
            CommandSpec.create().addMixin("report", CommandSpec.forAnnotatedObject(options)));
    var said = new StringWriter();
    var printed = new StringWriter();
    command.setErr(new PrintWriter(said)).setOut(new PrintWriter(printed));
    command.parseArgs("--json");
    var course = new TrainingRun.Course(config, "none", out, true);
    var subject =
        new TrainingReport.Subject(
            "model",
            out,
            "train",
            steps,
            1,
            "tokens",
            1,
            _ -> OptionalDouble.empty(),
            LinkedHashMap::new,
            Optional.empty(),
            OptionalDouble.empty());
    try (var engine = Engine.reference();
        var run =
            new TrainingRun(
                course, new Told(waiting), new TrainingRun.Beginning.New(Optional.empty(), false));
        var report =
            new TrainingReport(
                command.getCommandSpec(),
                options,
                run,
                new TrainingReport.Setup(engine, MachineSpeed.ASSUMED, subject))) {
      run.run(report);
    }
    var json = JsonMapper.shared();
    var log = Files.readAllLines(out.resolve("log.jsonl")).stream().map(json::readTree).toList();
    return new Heard(said.toString(), json.readTree(printed.toString()), log);
  }

  private static List<Double> seconds(JsonNode line, String field) {
    var seconds = new ArrayList<Double>();
    line.get(field).forEach(one -> seconds.add(one.asDouble()));
    return seconds;
  }

  /// Rank 1 keeps the others waiting in 3 of 10 seconds.
  @Test
  void aSlowRankIsNamedAndEachLineHasItsWaiting() throws Exception {
    var heard =
        run(
            List.of(
                waiting(4, 1.5, 0.5, 1.75),
                waiting(4, 1.5, 0.25, 1.75),
                waiting(2, 1.0, 0.25, 1.0)));
    assertEquals(3, heard.log.size());
    assertEquals(List.of(1.5, 0.5, 1.75), seconds(heard.log.get(0), "waited"));
    assertEquals(List.of(1.5, 0.25, 1.75), seconds(heard.log.get(1), "waited"));
    assertEquals(List.of(1.0, 0.25, 1.0), seconds(heard.log.get(2), "waited"));
    assertEquals(List.of(4.0, 1.0, 4.5), seconds(heard.summary, "waited_seconds"));
    assertEquals(10, heard.summary.get("step_seconds").asDouble());
    assertEquals(
        SLOW
            + "1 in 30 % of the time of all steps: its machine is slower, or does something else too, or it has more microbatches",
        heard.slow());
  }

  /// Where ranks meet in every second step only, the others have none.
  @Test
  void stepsThatToldNothingHaveNoWaiting() throws Exception {
    var heard = run(List.of(Optional.empty(), waiting(4, 0.0, 2.0)));
    assertFalse(heard.log.get(0).has("waited"), "step 1");
    assertEquals(List.of(0.0, 2.0), seconds(heard.log.get(1), "waited"));
    assertTrue(heard.slow().startsWith(SLOW + "0 in 50 %"), heard.err);
  }

  /// A tenth of the time is what any network takes.
  @Test
  void ranksThatWaitAlikeAreNotNamed() throws Exception {
    var heard = run(List.of(waiting(4, 2.0, 1.75), waiting(4, 2.0, 1.75)));
    assertEquals(List.of(4.0, 3.5), seconds(heard.summary, "waited_seconds"));
    assertEquals("", heard.slow());
  }

  @Test
  void oneProcessWaitsForNobody() throws Exception {
    var heard = run(List.of(Optional.empty(), Optional.empty()));
    assertFalse(heard.log.get(0).has("waited"));
    assertFalse(heard.summary.has("waited_seconds"));
    assertEquals("", heard.slow());
  }
}
