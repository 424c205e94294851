package dev.fader.sweep.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Corpus;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepRequest.Size;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Experiments that take a moment.
class LabTest {
  private static final Tokenizer BYTES = Tokenizer.bytes();

  @TempDir private Path folder;
  private Engine engine;
  private LabText text;

  @BeforeEach
  void open() {
    engine = new Engine(2, new TensorMemory(1L << 30), EngineChoice.JAVA, Precision.FLOAT32);
    var lines =
        IntStream.range(0, 200)
            .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i % 60))
            .toList();
    try (var corpus = Corpus.of(List.of(String.join("", lines)))) {
      text = LabText.of(corpus, 1 << 20);
    }
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Recipe.Resources resources() {
    return new Recipe.Resources(
        text.letters(), BYTES.vocabularySize(), Machine.here(), MachineSpeed.ASSUMED);
  }

  private static Experiment.Setting setting(double tokens) {
    return new Experiment.Setting(
        RecipeRequest.NONE.with(Hyperparameter.CONTEXT, 16).with(Hyperparameter.BATCH, 4), tokens);
  }

  private Lab lab() {
    return new Lab(
        new Lab.Place(folder.resolve("out"), BYTES, text, folder.resolve("cache")),
        new TrainingRun.Compute(engine.kernels(), engine.memory()));
  }

  @Test
  void theEndOfOneTextIsHeldOutAndTenthsOfMany() {
    assertEquals(1, text.learned().size());
    assertTrue(text.learned().getFirst().endsWith(".\n"));
    assertTrue(text.heldOut().getFirst().startsWith("the cat number 18"));
    var many = IntStream.range(0, 40).mapToObj(i -> "text " + i).toList();
    try (var corpus = Corpus.of(many)) {
      var held = LabText.of(corpus, 1 << 20).heldOut();
      assertEquals(List.of("text 9", "text 19", "text 29", "text 39"), held);
    }
  }

  @Test
  void doesNoRunTwiceAndGoesOnWhereItWasStopped() throws IOException {
    var all = Experiment.quality(setting(200), new Size(1, 32), List.of(0.0, 0.5));
    // Without treatment the three kinds are the same two runs.
    assertEquals(8, Lab.plan(all, 2, resources()).size());
    var experiment = new Experiment("two", all.conditions().subList(0, 3), all.tokens());
    var stopped = lab();
    var before =
        stopped.run(
            experiment,
            2,
            resources(),
            event -> {
              if (event instanceof SweepEvent.RunProgressed(_, TrainingEvent.StepTaken step)
                  && step.step() == 1) {
                stopped.requestStop();
              }
            });
    assertEquals(List.of(), before);
    var done = new ArrayList<Boolean>();
    Consumer<SweepEvent> counting =
        event -> {
          if (event instanceof SweepEvent.RunDone run) {
            done.add(run.before());
          }
        };
    var first = lab().run(experiment, 2, resources(), counting);
    assertEquals(3, first.size());
    assertEquals(IntStream.range(0, 4).mapToObj(_ -> false).toList(), done);
    done.clear();
    assertEquals(first, lab().run(experiment, 2, resources(), counting));
    assertEquals(IntStream.range(0, 4).mapToObj(_ -> true).toList(), done);
    for (var finding : first) {
      assertTrue(finding.trainingLoss() < Math.log(256), finding::toString);
      assertTrue(finding.interval().low() < finding.loss(), finding::toString);
      assertTrue(finding.epochs() > 0.001, finding::toString);
    }
    assertEquals(first.get(0).losses()[0], first.get(2).losses()[0]);
  }

  @Test
  void architecturesHaveEqualParameters() {
    var experiment = Experiment.architecture(setting(1000), new Size(2, 64), resources());
    var runs = Lab.plan(experiment, 1, resources());
    assertEquals(8, runs.size());
    double wanted = ParameterCount.of(runs.get(1).recipe().model()).total();
    for (var run : runs) {
      assertEquals(1, ParameterCount.of(run.recipe().model()).total() / wanted, 0.01, run.name());
    }
    assertEquals("8-layers-seed1", runs.get(3).name());
    assertEquals(64, runs.get(1).recipe().model().width());
  }

  @Test
  void refusesWhatShowsNothing() {
    var experiment = Experiment.overfitting(setting(1000), List.of(new Size(1, 32)), List.of(1.0));
    var seeds = assertThrows(TrainingException.class, () -> Lab.plan(experiment, 0, resources()));
    assertEquals("`seeds` is 0, and must be from 1 to 10", seeds.getMessage());
    var none =
        assertThrows(
            TrainingException.class,
            () -> Experiment.overfitting(setting(1000), List.of(), List.of(1.0)));
    assertEquals("an experiment needs something to compare", none.getMessage());
    assertThrows(TrainingException.class, () -> setting(0));
  }
}
