package dev.fader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.DataException;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final GenerationOptions SEEDED = GenerationOptions.OF_TEXT.withSeed(1);

  @TempDir private Path folder;

  private static byte[] weights(Path directory) throws IOException {
    return Files.readAllBytes(directory.resolve("model.safetensors"));
  }

  @Test
  void trainOnTextsInMemoryLearnsAndLeavesNoFiles() throws IOException {
    var losses = new ArrayList<Double>();
    Path path;
    try (var model =
        SmallModels.trainer()
            .steps(40)
            .listener(event -> {
              if (event instanceof TrainingEvent.StepTaken taken) {
                losses.add(taken.result().loss());
              }
            })
            .train()) {
      path = model.path();
      assertTrue(Files.exists(path));
      assertFalse(model.generate("the cat", SEEDED).isEmpty());
    }
    assertFalse(Files.exists(path));
    assertFalse(Files.exists(path.getParent()));
    assertEquals(40, losses.size());
    assertTrue(losses.getLast() < losses.getFirst() - 1, losses::toString);
  }

  @Test
  void trainTwiceGivesTheSameBitsForAnyNumberOfThreads() throws IOException {
    var one = SmallModels.saved(folder.resolve("one"));
    var two = folder.resolve("two");
    SmallModels.trainer()
        .options(SmallModels.TWO_THREADS.withThreads(1))
        .saveTo(two)
        .train()
        .close();
    assertArrayEquals(weights(one), weights(two));
  }

  @Test
  void resumeGoesOnToTheSameBits() throws IOException {
    var whole = SmallModels.saved(folder.resolve("whole"));
    var parts = folder.resolve("parts");
    var stopped = SmallModels.trainer().saveTo(parts).resume();
    stopped
        .listener(event -> {
          if (event instanceof TrainingEvent.StepTaken taken && taken.step() == 5) {
            stopped.stop();
          }
        })
        .train()
        .close();
    var resumedAt = new ArrayList<Long>();
    SmallModels.trainer()
        .saveTo(parts)
        .resume()
        .listener(event -> {
          if (event instanceof TrainingEvent.Started started) {
            resumedAt.add(started.step());
          }
        })
        .train()
        .close();
    assertEquals(List.of(6L), resumedAt); // the step after the one that was told of
    assertArrayEquals(weights(whole), weights(parts));
  }

  @Test
  void fromAModelBeginsWithItsWeightsAndTokenizer() throws IOException {
    var first = SmallModels.saved(folder.resolve("first"));
    var losses = new ArrayList<Double>();
    var tuned =
        Trainer.on(SmallModels.texts())
            .options(SmallModels.TWO_THREADS)
            .from(first)
            .steps(2)
            .with(Hyperparameter.BATCH, 4)
            .listener(event -> {
              if (event instanceof TrainingEvent.StepTaken taken) {
                losses.add(taken.result().loss());
              }
            });
    try (var model = tuned.train()) {
      assertEquals(257, model.config().vocabularySize());
    }
    assertTrue(losses.getFirst() < 5, losses::toString);
  }

  @Test
  void tokenizerIsChosenByHand() throws IOException {
    try (var model = SmallModels.trainer().tokenizer(new TokenizerChoice.Characters()).train()) {
      assertTrue(model.tokenizer().vocabularySize() < 60);
    }
  }

  @Test
  void onFilesLearnsFromFolders() throws IOException {
    var text = Files.createDirectories(folder.resolve("texts"));
    Files.writeString(text.resolve("a.txt"), String.join("\n", SmallModels.texts()));
    try (var model =
        Trainer.onFiles(text)
            .options(SmallModels.TWO_THREADS)
            .epochs(1)
            .depth(1)
            .with(Hyperparameter.CONTEXT, 32)
            .train()) {
      assertFalse(model.generate("the", SEEDED).isEmpty());
    }
  }

  @Test
  void trainOnNothingSaysWhatIsMissing() {
    assertEquals(
        "no texts: give at least one to learn from",
        assertThrows(DataException.class, () -> Trainer.on(List.of())).getMessage());
    assertEquals(
        "2 texts: empty; there is nothing to learn from",
        assertThrows(DataException.class, () -> Trainer.on(List.of("", "")).steps(1).train())
            .getMessage());
    var few =
        assertThrows(DataException.class, () -> Trainer.on(List.of("short")).steps(1).train());
    assertTrue(few.getMessage().startsWith("the text to learn from is "), few.getMessage());
  }

  @Test
  void trainWithValuesOutOfRangeSaysWhich() {
    assertEquals(
        "the part to hold out is 0.7, and must be from 0 to 0.5",
        assertThrows(IllegalArgumentException.class, () -> SmallModels.trainer().holdOut(0.7))
            .getMessage());
    assertThrows(TrainingException.class, () -> SmallModels.trainer().steps(0).train());
    assertThrows(TrainingException.class, () -> SmallModels.trainer().minutes(1).train());
    assertThrows(
        TrainingException.class, () -> SmallModels.trainer().with(Hyperparameter.HEADS, 3).train());
  }

  @Test
  void trainIntoAUsedDirectoryIsRefusedUnlessItOverwrites() throws IOException {
    var used = SmallModels.saved(folder.resolve("used"));
    assertThrows(TrainingException.class, () -> SmallModels.trainer().saveTo(used).train());
    SmallModels.trainer().overwrite().saveTo(used).train().close();
  }

  @Test
  void trainChecksDirectoriesBeforeItReadsTexts() throws IOException {
    var noTexts = Trainer.onFiles(folder.resolve("no-texts.txt")).steps(1);
    var file = Files.writeString(folder.resolve("file"), "");
    assertEquals(
        file + " is not a directory: choose another `output` for the model",
        assertThrows(TrainingException.class, () -> noTexts.saveTo(file).train()).getMessage());
    assertThrows(TrainingException.class, () -> noTexts.saveTo(folder).train());
    assertEquals("", Files.readString(file));

    var nowhere = folder.resolve("nowhere");
    var missing =
        assertThrows(
            NoSuchFileException.class,
            () -> noTexts.saveTo(folder.resolve("out")).from(nowhere).train());
    assertTrue(missing.getMessage().startsWith(nowhere + ": there is no model"));
  }

  @Test
  void trainInAnInterruptedThreadSaysSo() {
    Thread.currentThread().interrupt();
    try {
      var stopped = assertThrows(DataException.class, () -> SmallModels.trainer().train());
      assertTrue(
          stopped.getMessage().endsWith("the thread that wrote tokens was interrupted"),
          stopped.getMessage());
    } finally {
      assertTrue(Thread.interrupted());
    }
  }
}
