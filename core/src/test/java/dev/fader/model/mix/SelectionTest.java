package dev.fader.model.mix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class SelectionTest {
  @Test
  void numbersRiseAndAreThereOnce() {
    assertEquals(List.of(0, 1, 2, 3, 5, 7), Selection.parse("5,1-3,0-2,7,7").of(8, "head"));
    assertEquals(List.of(0, 1, 2), Selection.ALL.of(3, "head"));
    assertEquals(List.of(), Selection.ALL.of(0, "head"));
  }

  @Test
  void whatIsNotThereIsNamed() {
    var wrong = assertThrows(MixException.class, () -> Selection.parse("0-8").of(8, "head"));
    assertEquals(
        "the mix turns head 8, which is not there: this model has 0 to 7", wrong.getMessage());
  }

  @Test
  void oneIsSingle() {
    assertEquals(OptionalInt.of(3), Selection.parse("3").single());
    assertEquals(OptionalInt.empty(), Selection.parse("3-4").single());
    assertEquals(OptionalInt.empty(), Selection.parse("3,4").single());
    assertEquals(OptionalInt.empty(), Selection.ALL.single());
  }

  /// Files are strangers': each range for each number would be 40 thousand million steps.
  @Test
  void manyRangesOfManyNumbersAreQuick() {
    int count = 200_000;
    var last = new Selection.Range(count - 1, count - 1);
    var selection = new Selection(Collections.nCopies(count, last));
    var found = assertTimeout(Duration.ofSeconds(5), () -> selection.of(count, "row"));
    assertEquals(List.of(count - 1), found);
  }
}
