package dev.fader.tune.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.DataException;
import dev.fader.data.Position;
import dev.fader.tune.example.ExampleBatch.Segment;
import dev.fader.tune.example.ExampleBatches.Order;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExampleBatchesTest {
  /// Examples of 2 to `longest` + 1 tokens, the later of which are learned.
  private static List<TrainingExample> examples(int count, int longest, long seed) {
    var random = new Random(seed);
    var examples = new ArrayList<TrainingExample>();
    for (int i = 0; i < count; i++) {
      var ids = random.ints(2 + random.nextInt(longest), 1, 1000).toArray();
      var learned = new BitSet();
      learned.set(random.nextInt(ids.length), ids.length);
      examples.add(new TrainingExample(ids, learned, new Place("a.jsonl", i + 1)));
    }
    return examples;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 8",
    "7, 2, 8",
    "100, 3, 13",
    "255, 7, 31",
    "257, 1, 33",
    "1023, 5, 100",
    "1025, 4, 33"
  })
  void eachExampleOnceAnEpoch(int count, int rows, int time) {
    for (boolean packed : List.of(false, true)) {
      var examples = examples(count, time, count);
      var batches = ExampleBatches.of(examples, new Order(rows, time, 31, packed));
      var seen = new int[count];
      long taken = 0;
      long rowsTaken = 0;
      long epochs = 3;
      while (batches.position().epoch() < epochs) {
        var batch = batches.next();
        assertEquals(rows, batch.rows());
        assertTrue(batch.time() <= time);
        checkRows(batch, examples);
        for (var segment : batch.segments()) {
          seen[segment.example()] += taken++ < epochs * count ? 1 : 0;
        }
        rowsTaken += rows;
      }
      var expected = new int[count];
      Arrays.fill(expected, (int) epochs);
      assertArrayEquals(expected, seen, "packed " + packed);
      long rowsInEpochs = 0;
      for (int epoch = 0; epoch < epochs; epoch++) {
        rowsInEpochs += batches.rowsPerEpoch(epoch);
      }
      assertTrue(rowsTaken >= rowsInEpochs && rowsTaken < rowsInEpochs + rows);
    }
  }

  /// Every place of a batch is what its segments say, and the rest is ignored.
  private static void checkRows(ExampleBatch batch, List<TrainingExample> examples) {
    var inputs = new int[batch.inputs().length];
    var targets = new int[batch.targets().length];
    Arrays.fill(targets, -1);
    int row = -1;
    int end = 0;
    int tokens = 0;
    int predictions = 0;
    for (var segment : batch.segments()) {
      assertTrue(segment.row() == row || segment.row() == row + 1);
      assertEquals(segment.row() == row ? end : 0, segment.from());
      row = segment.row();
      end = segment.to();
      var example = examples.get(segment.example());
      assertEquals(example.length() - 1, segment.to() - segment.from());
      for (int i = 0; i + 1 < example.length(); i++) {
        int at = row * batch.time() + segment.from() + i;
        inputs[at] = example.id(i);
        targets[at] = example.isLearned(i + 1) ? example.id(i + 1) : -1;
      }
      tokens += example.inputs();
      predictions += example.learnedTokens();
    }
    assertEquals(batch.rows() - 1, row);
    assertArrayEquals(inputs, batch.inputs());
    assertArrayEquals(targets, batch.targets());
    assertEquals(tokens, batch.tokens());
    assertEquals(predictions, batch.predictions());
    assertEquals(1 - (double) tokens / inputs.length, batch.padding(), 1e-12);
  }

  @Test
  void batchesAfterSeekingAreTheSame() {
    for (boolean packed : List.of(false, true)) {
      var examples = examples(700, 33, 7);
      var order = new Order(3, 33, 5, packed);
      var batches = ExampleBatches.of(examples, order);
      var positions = new ArrayList<Position>();
      var drawn = new ArrayList<ExampleBatch>();
      for (int i = 0; i < 500; i++) {
        positions.add(batches.position());
        drawn.add(batches.next());
      }
      for (int i = 0; i < drawn.size(); i += 13) {
        var resumed = ExampleBatches.of(examples, order);
        resumed.seek(positions.get(i));
        assertEquals(positions.get(i), resumed.position());
        for (int j = i; j < Math.min(i + 3, drawn.size()); j++) {
          var batch = resumed.next();
          assertArrayEquals(drawn.get(j).inputs(), batch.inputs());
          assertArrayEquals(drawn.get(j).targets(), batch.targets());
          assertEquals(drawn.get(j).segments(), batch.segments());
        }
      }
    }
  }

  @Test
  void ordersDifferBySeedAndEpoch() {
    var examples = examples(300, 8, 1);
    for (boolean packed : List.of(false, true)) {
      var first = ExampleBatches.of(examples, new Order(4, 8, 1, packed));
      var other = ExampleBatches.of(examples, new Order(4, 8, 2, packed));
      var start = first.next().segments();
      assertNotEquals(start, other.next().segments());
      first.seek(new Position(1, 0));
      assertNotEquals(start, first.next().segments());
    }
  }

  @Test
  void littleIsPadded() {
    var examples = examples(2000, 100, 3);
    var random = padding(examples, new Order(8, 100, 1, false));
    var packed = padding(examples, new Order(8, 100, 1, true));
    // At random, rows of 1 to 100 places beside the longest of eight are 44% padding. Batches at
    // the border of two windows, one in 32, are not of one length.
    assertTrue(random < 0.06, "padded " + random);
    // What stays free is at most the last row or so of each window of 1,024, which are about 510.
    assertTrue(packed < 0.03, "packed " + packed);
  }

  private static double padding(List<TrainingExample> examples, Order order) {
    var batches = ExampleBatches.of(examples, order);
    long places = 0;
    long tokens = 0;
    while (batches.position().epoch() == 0) {
      var batch = batches.next();
      places += batch.inputs().length;
      tokens += batch.tokens();
    }
    return 1 - (double) tokens / places;
  }

  @Test
  void batchOfGivenExamples() {
    var examples = examples(3, 5, 11);
    var batch = ExampleBatch.of(examples);
    assertEquals(3, batch.rows());
    checkRows(batch, examples);
    assertEquals(new Segment(2, 0, examples.get(2).inputs(), 2), batch.segments().get(2));
  }

  @Test
  void longExamplesAreCut() {
    var learned = new BitSet();
    learned.set(2, 4);
    var example = new TrainingExample(new int[] {5, 6, 7, 8}, learned, new Place("a", 1));
    assertArrayEquals(new int[] {5, 6, 7, 8}, example.cutTo(3).ids());
    assertArrayEquals(new int[] {5, 6, 7}, example.cutTo(2).ids());
    assertEquals(1, example.cutTo(2).learnedTokens());
    assertEquals(0, example.cutTo(1).learnedTokens());
  }

  @Test
  void whatDoesNotFitIsNamed() {
    var examples = examples(50, 9, 2);
    assertEquals(
        "there are no examples; give at least one",
        assertThrows(
                IllegalArgumentException.class,
                () -> ExampleBatches.of(List.of(), new Order(1, 8, 1, true)))
            .getMessage());
    var message =
        assertThrows(
                IllegalArgumentException.class,
                () -> ExampleBatches.of(examples, new Order(1, 8, 1, true)))
            .getMessage();
    assertTrue(
        message.endsWith(": 10 tokens do not fit a row of 8; cut the example"), () -> message);
    var batches = ExampleBatches.of(examples, new Order(4, 9, 1, true));
    assertEquals(
        "no row begins at example 50 of epoch 0; go on with the examples, the context and the batch that the run began with",
        assertThrows(DataException.class, () -> batches.seek(new Position(0, 50))).getMessage());
    // Within a row that holds several examples.
    var positions = new ArrayList<Long>();
    while (batches.position().epoch() == 0) {
      positions.add(batches.position().index());
      batches.next();
    }
    int refused = 0;
    for (long i = 0; i < 50; i++) {
      try {
        batches.seek(new Position(0, i));
      } catch (DataException within) {
        refused++;
      }
    }
    assertEquals(50 - batches.rowsPerEpoch(0), refused);
  }
}
