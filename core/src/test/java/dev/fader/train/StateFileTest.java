package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.data.Position;
import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateFileTest {
  @TempDir private Path folder;

  private static TrainingState state(OptionalLong horizon) {
    var random = new Random(3);
    var curve = new LearningCurve(new LearningCurve.Scale(3.3, true));
    for (int step = 1; step <= 700; step++) {
      curve.addTraining(step, 3 + random.nextGaussian());
      if (step % 13 == 0) {
        curve.addValidation(step, random.nextDouble());
      }
    }
    return new TrainingState(
        700,
        123_456_789_012L,
        1.0 / 3,
        new Position(2, 12345),
        horizon,
        new TrainingState.Origin("a", "b", 64, -5, OptimizerConfig.Method.MUON),
        "512-bit vectors",
        curve.state());
  }

  private Path written(TrainingState state) throws IOException {
    Path file = folder.resolve("state.json");
    DurableFile.write(file, StateFile.content(state));
    return file;
  }

  @Test
  void stateRoundTripsToTheBit() throws IOException {
    var timed = state(OptionalLong.of(9000));
    assertEquals(timed, StateFile.read(written(timed)));
    var counted = state(OptionalLong.empty());
    assertEquals(counted, StateFile.read(written(counted)));
  }

  @Test
  void oldStateHasNoArithmetic() throws IOException {
    Path file = written(state(OptionalLong.empty()));
    String json = Files.readString(file);
    Files.writeString(file, json.replace("\"arithmetic\" : \"512-bit vectors\",", ""));
    assertEquals("", StateFile.read(file).arithmetic());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"step\" : 700 | \"step\" : -7 | step: is -7, and must not be negative",
        "\"step\" : 700 | \"step\" : 7.5 | step: is missing or not a whole number",
        "\"index\" : 12345 | \"other\" : 1 | position.index: is missing or not a whole number",
        "\"version\" : 1 | \"version\" : 2 | version: is 2, and this Fader reads 1",
        "\"optimizer\" : \"muon\" | \"optimizer\" : \"x\" | origin.optimizer: 'x' is not known",
        "\"validation\" : [ | \"validation\" : [ [1.5, 2], | curve.validation: holds a step that is not a whole number",
        "\"validation\" : [ | \"validation\" : [ [1], | curve.validation: holds something else than rows of 2 numbers",
        "\"training\" : [ | \"training\" : [ [1, 1e99, 2], | curve.training: holds a step that is not a whole number",
        "\"steps\" : [ | \"steps\" : [ 0.5 | curve.spikes.steps: holds something else than whole numbers",
        "\"above\" : false | \"above\" : 1 | curve.spikes.above: is missing or neither true nor false",
      })
  void whatIsWrongIsNamed(String there, String instead, String problem) throws IOException {
    Path file = written(state(OptionalLong.empty()));
    String json = Files.readString(file);
    assertEquals(true, json.contains(there), () -> json.substring(0, 600));
    Files.writeString(file, json.replace(there, instead));
    var failure = assertThrows(FormatException.class, () -> StateFile.read(file));
    assertEquals(file + ": " + problem, failure.getMessage());
  }
}
