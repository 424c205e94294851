package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.DataException;
import dev.fader.tune.LearningData.Classifications;
import dev.fader.tune.LearningData.Continuations;
import dev.fader.tune.TuningData.Counts;
import dev.fader.tune.example.ExampleEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningDataReaderTest {
  private static final int CONTEXT = 6;

  @TempDir private Path folder;

  private Path file(String name, List<String> lines) throws IOException {
    return Files.write(folder.resolve(name), lines);
  }

  private static TuningData read(List<Path> files, List<Path> validation, boolean balanced) {
    return read(files, validation, balanced, OptionalDouble.empty());
  }

  private static TuningData read(
      List<Path> files, List<Path> validation, boolean balanced, OptionalDouble share) {
    var wishes =
        new TuningDataReader.Wishes(
            false, PreferenceMethod.STANDARD, ClassPooling.MEAN, balanced, Optional.empty());
    var settings =
        new ExampleEncoder.Settings(
            100, Optional.empty(), Optional.empty(), Optional.empty(), LocalDateTime.MIN);
    return new TuningDataReader(
            new TuningDataReader.Request(files, validation, share, CONTEXT, wishes),
            new ExampleEncoder(settings))
        .read();
  }

  private static List<String> sequences(int count) {
    var lines = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      lines.add("{\"ids\":[%d,2,3%s]}".formatted(i, i == 0 ? ",4,5,6,7,8" : ""));
    }
    return lines;
  }

  @Test
  void sequencesAreCountedAndCutAndSomeAreHeldOut() throws IOException {
    var file = file("ids.jsonl", sequences(20));
    var data = read(List.of(file), List.of(), false, OptionalDouble.of(0));
    // Of three tokens the model reads two, and of eight the first six, to learn the seventh.
    assertEquals(new Counts(20, 0, 19 * 2 + 6, 19 * 2 + 6, 6), data.counts());
    assertTrue(data.notices().toString().contains("1 of 20"), data.notices().toString());
    assertEquals(List.of(file + ": token ids, 20"), data.formats());
    var tenth = read(List.of(file), List.of(), false);
    assertEquals(18, tenth.counts().examples());
    assertEquals(2, tenth.counts().heldOut());
    var apart = read(List.of(file), List.of(file("other.jsonl", sequences(3))), false);
    assertEquals(20, apart.counts().examples());
    assertEquals(3, apart.counts().heldOut());
    var learning = (Continuations) apart.learning();
    assertEquals(3, learning.validation().size());
  }

  @Test
  void labelsAreNumberedAndBalanced() throws IOException {
    var lines = new ArrayList<String>();
    for (int i = 0; i < 24; i++) {
      lines.add("{\"ids\":[%d,1],\"label\":%d}".formatted(i, i % 4 == 0 ? 2 : 10));
    }
    var data = read(List.of(file("labels.jsonl", lines)), List.of(), true, OptionalDouble.of(0));
    assertEquals(TuningTask.CLASSIFICATION, data.task());
    var classes = ((Classifications) data.learning()).classes();
    assertEquals(List.of("2", "10"), classes.names(), "by their value");
    assertEquals(List.of(2.0, 2 / 3.0), classes.weights().orElseThrow());
    assertEquals(ClassPooling.MEAN, classes.pooling());
    assertEquals("labels: 2 6, 10 18", data.notices().getLast());
    var one = file("one.jsonl", List.of(lines.get(0), lines.get(4)));
    var refused = assertThrows(DataException.class, () -> read(List.of(one), List.of(), false));
    assertEquals(
        "all 2 texts have the label '2', so there is nothing to tell apart; give texts with other"
            + " labels, too",
        refused.getMessage());
  }

  @Test
  void severalLabelsHaveTwoNames() throws IOException {
    for (var name : List.of("label", "labels")) {
      var lines =
          List.of(
              "{\"ids\":[1],\"%s\":[\"a\",\"b\"]}".formatted(name),
              "{\"ids\":[2],\"%s\":[]}".formatted(name));
      var data = read(List.of(file(name + ".jsonl", lines)), List.of(), false);
      var texts = (Classifications) data.learning();
      assertTrue(texts.classes().several());
      assertEquals(List.of("a", "b"), texts.classes().names());
      assertEquals(2, texts.training().size());
    }
  }

  @Test
  void pairsWithoutAnAnswerInTheContextAreLeftOut() throws IOException {
    var lines =
        List.of(
            "{\"prompt\":[1,2],\"chosen\":[3],\"rejected\":[4]}",
            "{\"prompt\":[1,2,3,4,5,6,7],\"chosen\":[8],\"rejected\":[9]}");
    var pairs = file("pairs.jsonl", lines);
    assertEquals(TuningTask.PREFERENCE, TuningDataReader.task(List.of(pairs)));
    var data = read(List.of(pairs), List.of(), false);
    assertEquals(1, data.counts().examples());
    assertEquals(
        "pairs left out because an answer begins behind the context of 6: 1",
        data.notices().getLast());
    var late = file("late.jsonl", lines.subList(1, 2));
    var refused = assertThrows(DataException.class, () -> read(List.of(late), List.of(), false));
    assertEquals(
        "none of the 1 examples has anything to learn within its first 7 tokens; choose a longer"
            + " `context`",
        refused.getMessage());
  }
}
