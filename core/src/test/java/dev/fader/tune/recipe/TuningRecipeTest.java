package dev.fader.tune.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.Golden;
import dev.fader.model.ModelConfig;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.Ia3Method;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.NormMethod;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe.Decision;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.tune.TuningData.Counts;
import dev.fader.tune.TuningTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuningRecipeTest {
  private static final AdapterMethod LORA = LoraMethod.of(16, 32);
  private static final Predicate<TrainingConfig> ROOM = config -> true;

  private static TuningRecipe.Subject subject(AdapterMethod method, TuningTask task, long examples)
      throws IOException {
    ModelConfig llama = HuggingFaceConfig.read(Golden.directory("models/llama"));
    var counts = new Counts(examples, examples / 10, examples * 20, examples * 8, 33);
    return new TuningRecipe.Subject(llama, method, task, counts, 128, 1e-4);
  }

  private static TuningRecipe recipe(
      Map<Hyperparameter, Double> numbers,
      TuningRecipe.Subject subject,
      Predicate<TrainingConfig> fits) {
    var request =
        new RecipeRequest(
            numbers,
            Optional.empty(),
            RecipeRequest.Choices.NONE,
            TrainingConfig.Cadence.standard());
    return TuningRecipe.of(request, subject, fits);
  }

  private static String reason(TuningRecipe recipe, String name) {
    return recipe.decisions().stream()
        .filter(decision -> decision.name().equals(name))
        .map(Decision::reason)
        .findFirst()
        .orElse("not decided: " + recipe.decisions());
  }

  /// What is decided for so many examples where nothing is said.
  @ParameterizedTest
  @CsvSource({"1, 1, 100", "7, 2, 29", "30, 4, 14", "300, 8, 3", "5000, 16, 3"})
  void batchAndLengthFollowTheExamples(long examples, int batch, double epochs) throws IOException {
    var training = recipe(Map.of(), subject(LORA, TuningTask.CONTINUATION, examples), ROOM);
    var batching = training.training().batching();
    assertEquals(new TrainingConfig.Batching(batch, 1, 33), batching);
    assertEquals(new TrainingBudget.Epochs(epochs), training.training().budget());
    assertEquals(examples >= 10, training.training().stopWhenOverfitting(), "some are held out");
    assertEquals(0, training.training().dropout());
  }

  @Test
  void ratesFollowTheMethod() throws IOException {
    var rates = new ArrayList<Double>();
    for (var method :
        List.of(
            LORA,
            new Ia3Method(Optional.empty()),
            new NormMethod(),
            new FullMethod(List.of("all"), List.of()))) {
      var made = recipe(Map.of(), subject(method, TuningTask.CONTINUATION, 300), ROOM);
      rates.add(made.training().schedule().peak());
    }
    assertEquals(List.of(2e-4, 1e-3, 1e-3, 2e-5), rates);
    var preferences = recipe(Map.of(), subject(LORA, TuningTask.PREFERENCE, 300), ROOM);
    assertEquals(5e-6, preferences.training().schedule().peak(), 1e-12);
    var schedule = preferences.training().schedule();
    assertEquals(Schedule.Shape.COSINE, schedule.shape());
    assertEquals(11, schedule.warmup(), "a tenth of 3 * 300 / 8 steps");
  }

  @Test
  void whatDoesNotFitIsAccumulated() throws IOException {
    var small = subject(LORA, TuningTask.CONTINUATION, 300);
    var made = recipe(Map.of(), small, config -> config.batching().batch() <= 2);
    assertEquals(new TrainingConfig.Batching(2, 4, 33), made.training().batching());
    assertEquals("as many examples as fit the memory", reason(made, "batch"));
    var byHand = recipe(Map.of(Hyperparameter.BATCH, 8.0), small, config -> false);
    assertEquals(8, byHand.training().batching().batch(), "what is set by hand stays");
    assertEquals(Decision.BY_HAND, reason(byHand, "batch"));
  }

  @Test
  void whatIsSaidStaysAndContradictionsAreRefused() throws IOException {
    var subject = subject(LORA, TuningTask.CONTINUATION, 300);
    var made =
        recipe(
            Map.of(Hyperparameter.STEPS, 70.0, Hyperparameter.LEARNING_RATE, 0.01), subject, ROOM);
    assertEquals(new TrainingBudget.Steps(70), made.training().budget());
    assertEquals(0.01, made.training().schedule().peak());
    assertTrue(!made.training().stopWhenOverfitting(), "its length was chosen");
    var both =
        assertThrows(
            TrainingException.class,
            () ->
                recipe(
                    Map.of(Hyperparameter.STEPS, 70.0, Hyperparameter.MINUTES, 1.0),
                    subject,
                    ROOM));
    assertTrue(both.getMessage().endsWith("both say how long to train: choose one of them"));
    var wide =
        assertThrows(
            TrainingException.class,
            () -> recipe(Map.of(Hyperparameter.CONTEXT, 129.0), subject, ROOM));
    assertEquals(
        "`context` 129 is more than the 128 that the model has room for: choose at most that",
        wide.getMessage());
  }
}
