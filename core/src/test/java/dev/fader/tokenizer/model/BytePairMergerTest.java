package dev.fader.tokenizer.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Words of any length against the definition: merge the leftmost pair of lowest rank, while there
/// is one.
final class BytePairMergerTest {
  private static final int LETTERS = 3;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 13, 31, 33, 47, 48, 49, 100, 500})
  void mergeAgreesWithDefinition(int length) {
    for (long seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      MergeTable table = randomMerges(random);
      int[] word = random.ints(length, 0, LETTERS).toArray();
      assertEquals(
          asDefined(table, word), merged(table, word), "seed " + seed + ", length " + length);
    }
  }

  @Test
  void mergeMillionEqualLetters() {
    var table = new MergeTable(3);
    table.add(0, 0, 1, 0);
    table.add(1, 1, 2, 1);
    table.add(2, 2, 3, 2);
    var expected = new ArrayList<>(java.util.Collections.nCopies(125_000, 3));
    expected.add(0);
    assertEquals(expected, merged(table, new int[1_000_001]));
  }

  private static MergeTable randomMerges(Random random) {
    var table = new MergeTable(20);
    int pieces = LETTERS;
    for (int rank = 0; rank < 20; rank++) {
      int left = random.nextInt(pieces);
      int right = random.nextInt(pieces);
      if (MergeTable.rank(table.find(left, right)) == MergeTable.NONE) {
        table.add(left, right, pieces++, rank);
      }
    }
    return table;
  }

  private static List<Integer> merged(MergeTable table, int[] word) {
    var merging = new BytePairMerger();
    merging.start(word.length);
    Arrays.stream(word).forEach(merging::add);
    merging.merge(table);
    return Arrays.stream(merging.ids, 0, merging.count).boxed().toList();
  }

  private static List<Integer> asDefined(MergeTable table, int[] word) {
    var ids = new ArrayList<>(Arrays.stream(word).boxed().toList());
    while (true) {
      int best =
          IntStream.range(0, ids.size() - 1)
              .boxed()
              .min(java.util.Comparator.comparingInt(at -> rank(table, ids, at)))
              .orElse(-1);
      if (best < 0 || rank(table, ids, best) == MergeTable.NONE) {
        return ids;
      }
      ids.set(best, MergeTable.merged(table.find(ids.get(best), ids.get(best + 1))));
      ids.remove(best + 1);
    }
  }

  private static int rank(MergeTable table, List<Integer> ids, int at) {
    return MergeTable.rank(table.find(ids.get(at), ids.get(at + 1)));
  }
}
