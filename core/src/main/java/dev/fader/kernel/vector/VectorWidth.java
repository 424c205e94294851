package dev.fader.kernel.vector;

/// Which width of vectors the kernels of this process use, and why: `-Dfader.vectorBits`, or the
/// widest that the machine has. One per process, because the compiler must see the width as a
/// constant.
public record VectorWidth(int bits, String reason) {
  public static final String PROPERTY = "fader.vectorBits";
  private static final String MODULE = "jdk.incubator.vector";
  private static final System.Logger LOG = System.getLogger("dev.fader.kernel");

  /// Reads the property and looks at the machine.
  ///
  /// @throws IllegalArgumentException if the property asks for what there is not
  public static VectorWidth choose() {
    String asked = System.getProperty(PROPERTY, "");
    if (asked.equals("0")) {
      return new VectorWidth(0, "scalar kernels, because -D%s=0 asks for them".formatted(PROPERTY));
    }
    if (!asked.isEmpty() && !asked.matches("128|256|512")) {
      throw new IllegalArgumentException(
          "-D%s=%s: must be 0, 128, 256 or 512".formatted(PROPERTY, asked));
    }
    if (!hasVectors()) {
      return WithoutVectors.WIDTH;
    }
    return Lanes.width(asked.isEmpty() ? 0 : Integer.parseInt(asked, 10));
  }

  /// The launcher has the Vector API as classes of the boot loader, which are in no module that
  /// this one could require.
  private static boolean hasVectors() {
    if (ModuleLayer.boot().findModule(MODULE).isPresent()) {
      return true;
    }
    try {
      var vectors = Class.forName(MODULE + ".Vector", false, null).getModule();
      VectorWidth.class.getModule().addReads(vectors);
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }

  /// Made once, so that the log has one line however many kernels are chosen.
  private static final class WithoutVectors {
    static final VectorWidth WIDTH = logged();

    private static VectorWidth logged() {
      LOG.log(
          System.Logger.Level.WARNING,
          "slow scalar kernels: add the flag --add-modules {0} to java for vectors",
          MODULE);
      return new VectorWidth(
          0, "scalar kernels, because java runs without --add-modules " + MODULE);
    }
  }

  public static VectorWidth ofVectors(int bits, int widest, boolean forced) {
    if (bits > widest) {
      throw new IllegalArgumentException(
          "-D%s=%d: this machine has vectors of at most %d bits".formatted(PROPERTY, bits, widest));
    }
    String why = forced ? "because -D" + PROPERTY + " asks for them" : "the widest that there are";
    return new VectorWidth(bits, "%d-bit vectors, %s".formatted(bits, why));
  }
}
