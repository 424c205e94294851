package dev.fader.kernel;

import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.quantized.Levels;
import dev.fader.kernel.vector.VectorWidth;
import dev.fader.tensor.DType;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The kernels that every test of a kernel runs on.
public enum KernelsUnderTest {
  /// The reference.
  SCALAR,
  /// What this process chose: vectors, or again the reference.
  CHOSEN;

  private static final Set<DType> PLAIN = Set.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16);

  /// Both, but where the width of the vectors is given, or where the reference has a run of its
  /// own, with a width of 0, as in `verify`: it knows of no width.
  public static List<KernelsUnderTest> ofThisRun() {
    boolean apart = Boolean.getBoolean("fader.referenceApart") || isWidthGiven();
    return apart ? List.of(CHOSEN) : List.of(SCALAR, CHOSEN);
  }

  /// The kernels of [#ofThisRun()].
  public static List<Kernels> ofThisRun(Workers workers) {
    return ofThisRun().stream().map(under -> under.kernels(workers)).toList();
  }

  /// Whether this run repeats others with vectors of a given width, as three of `verify` do: it
  /// tells what depends on the width, and leaves the rest to the run with the machine's own.
  public static boolean isWidthGiven() {
    return System.getProperty(VectorWidth.PROPERTY) != null;
  }

  /// The numbers of threads to compute with; where the width is given, only the last.
  public static int[] threads(int... counts) {
    return isWidthGiven() ? new int[] {counts[counts.length - 1]} : counts;
  }

  /// The types of weights. Where the width is given, one stands for those that the kernels know
  /// nothing of: the format decodes them, without vectors, for loops that serve every type.
  public static Stream<DType> weights() {
    return Stream.of(DType.values())
        .filter(type -> type.isQuantized() || PLAIN.contains(type))
        .filter(type -> !isWidthGiven() || isKnown(type) || type == DType.IQ2_XS);
  }

  private static boolean isKnown(DType type) {
    return !type.isQuantized() || Levels.has(type.blockFormat());
  }

  public Kernels kernels(Workers workers) {
    return switch (this) {
      case SCALAR -> Kernels.scalar(workers);
      case CHOSEN -> Kernels.choose(workers);
    };
  }
}
