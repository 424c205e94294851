package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.format.JsonFile;
import dev.fader.kernel.Kernels;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ModelWeights;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/// A tiny model of the golden files and the batch it was trained on.
record GoldenModel(Path directory, ModelConfig config, Batch batch, JsonNode training) {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  static GoldenModel of(String name) {
    try {
      Path directory = GOLDEN.resolve("models").resolve(name);
      JsonNode training =
          JsonFile.read(GOLDEN.resolve("training").resolve(name).resolve("training.json"));
      return new GoldenModel(
          directory, HuggingFaceConfig.read(directory), batch(training.get("batch")), training);
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  /// One of `golden/families`, whose `training.json` is beside it.
  static GoldenModel ofFamily(String name) {
    try {
      Path directory = GOLDEN.resolve("families").resolve(name);
      JsonNode training = JsonFile.read(directory.resolve("training.json"));
      return new GoldenModel(
          directory, HuggingFaceConfig.read(directory), batch(training.get("batch")), training);
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  private static Batch batch(JsonNode sequences) {
    int rows = sequences.size();
    int time = sequences.get(0).size() - 1;
    var batch = new Batch(rows, time, new int[rows * time], new int[rows * time]);
    for (int row = 0; row < rows; row++) {
      for (int t = 0; t < time; t++) {
        batch.inputs()[row * time + t] = sequences.get(row).get(t).intValue();
        batch.targets()[row * time + t] = sequences.get(row).get(t + 1).intValue();
      }
    }
    return batch;
  }

  /// Row `row` of the batch alone.
  Batch row(int row) {
    int time = batch.time();
    return new Batch(
        1,
        time,
        Arrays.copyOfRange(batch.inputs(), row * time, (row + 1) * time),
        Arrays.copyOfRange(batch.targets(), row * time, (row + 1) * time));
  }

  /// The settings that the golden losses were made with.
  TrainingConfig settings(OptimizerConfig.Method method, boolean recompute) {
    return new TrainingConfig(
        new TrainingConfig.Batching(batch.rows(), 1, batch.time()),
        new TrainingBudget.Steps(10),
        new Schedule(Schedule.Shape.CONSTANT, 0.01, 0, 0),
        new OptimizerConfig(method, 0.9, 0.95, 1e-8, 0.95, 0.1, true, 1),
        TrainingConfig.Cadence.standard(),
        0,
        1,
        recompute,
        false);
  }

  /// A trainer with this model's weights.
  TrainableModel trainer(Kernels kernels, TensorMemory memory, TrainingConfig settings) {
    var trainer = new TrainableModel(kernels, memory, config, settings);
    try {
      ModelWeights.copy(directory, trainer.parameters());
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
    return trainer;
  }
}
