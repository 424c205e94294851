package dev.fader.sweep.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.sweep.lab.Treatment.Kind;
import dev.fader.train.TrainingException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TreatmentTest {
  /// With a letter of two chars, which nothing may cut in half.
  private static final List<String> TEXTS =
      List.of("one two three four\nfive six seven\n", "\uD834\uDD1E eight nine ten eleven\n");

  private static String whole(Kind kind, double share) {
    return String.join("", new Treatment(kind, share).of(TEXTS));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void nothingIsDoneWhereNothingIsAsked(Kind kind) {
    var none = new Treatment(kind, kind == Kind.PART ? 1 : 0);
    assertEquals(TEXTS, none.of(TEXTS));
    assertEquals("whole", none.folder());
  }

  @Test
  void partsAreTheBeginning() {
    assertEquals("one two three four\nfive six", whole(Kind.PART, 27.0 / 58));
    assertTrue(whole(Kind.PART, 35.0 / 58).endsWith("\n\uD834\uDD1E"));
    assertEquals(1, whole(Kind.PART, 1e-9).length());
  }

  @Test
  void copiesMakeUpForWhatIsLeftOut() {
    var half = whole(Kind.DUPLICATES, 0.5);
    assertEquals("one two three four\nfive six s".repeat(2), half);
  }

  @Test
  void noiseReplacesAboutTheShareByLettersOfTheText() {
    var long1 = "abcdefghij".repeat(1000);
    var noisy = new Treatment(Kind.NOISE, 0.3).of(List.of(long1)).getFirst();
    assertEquals(long1.length(), noisy.length());
    long other =
        IntStream.range(0, noisy.length()).filter(i -> noisy.charAt(i) != long1.charAt(i)).count();
    // A tenth of those that are replaced are replaced by the same letter: 0.27, give or take five
    // times its deviation of 0.0044.
    assertEquals(0.27, other / 10_000.0, 0.022);
    assertTrue(noisy.chars().allMatch(letter -> letter >= 'a' && letter <= 'j'));
    assertEquals(noisy, new Treatment(Kind.NOISE, 0.3).of(List.of(long1)).getFirst());
  }

  @Test
  void shuffledLinesKeepTheirWords() {
    var lines = whole(Kind.SHUFFLED, 0.999).split("\n", -1);
    var before = String.join("", TEXTS).split("\n", -1);
    assertNotEquals(Arrays.asList(before), Arrays.asList(lines));
    for (int i = 0; i < lines.length; i++) {
      assertEquals(
          Arrays.stream(before[i].split(" ")).sorted().toList(),
          Arrays.stream(lines[i].split(" ")).sorted().toList());
    }
  }

  @Test
  void sharesThatLeaveNothingAreRefused() {
    var all = assertThrows(TrainingException.class, () -> new Treatment(Kind.DUPLICATES, 1));
    assertEquals(
        "a share of 1.0 is none for duplicates: choose one from 0 to below 1", all.getMessage());
    assertThrows(TrainingException.class, () -> new Treatment(Kind.PART, 0));
    assertThrows(TrainingException.class, () -> new Treatment(Kind.NOISE, -0.1));
  }
}
