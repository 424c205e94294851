package dev.fader.kernel.product;

import dev.fader.kernel.onednn.OneDnn;
import dev.fader.kernel.onednn.PanelType;
import dev.fader.kernel.onednn.Processor;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.tensor.DType;
import java.util.Optional;

/// Who multiplies matrices that are worth packing: the loops of this package, or a library.
sealed interface ProductEngine {
  /// Which engine it is and why, in one clause.
  String reason();

  /// The engine, its version and what operands are rounded to: what last bits depend on.
  String name(PanelType type);

  /// What products of training and of reading texts at once are computed in, if not by Java.
  ///
  /// @param inBfloat16 whether operands may be rounded to bfloat16
  Optional<PanelType> forProducts(boolean inBfloat16);

  /// What rows of prompts are multiplied in with stored weights, if not by Java: where the weights
  /// have no more than the eight significant bits of bfloat16, or errors of their own that are
  /// greater.
  default Optional<PanelType> forPrompts(DType weights) {
    return forProducts(weights == DType.BFLOAT16 || weights.isQuantized());
  }

  /// The engine of a choice. Where the library is asked for and cannot be used, one line in the log
  /// says so, and Java multiplies.
  static ProductEngine of(EngineChoice choice) {
    return switch (choice) {
      case JAVA -> Java.ASKED_FOR;
      case AUTOMATIC -> Automatic.WHERE_FASTER;
      case ONEDNN -> Forced.ENGINE;
    };
  }

  private static ProductEngine found(boolean forced) {
    var search = OneDnn.find();
    return search.library().isPresent()
        ? new Library(search.library().get(), forced, search.reason())
        : new Java("Java: " + search.reason());
  }

  /// The library for what it does faster, looked for when something may be that.
  record Automatic() implements ProductEngine {
    static final Automatic WHERE_FASTER = new Automatic();

    /// Made once.
    private static final class Found {
      static final ProductEngine ENGINE = found(false);
    }

    @Override
    public String reason() {
      return Found.ENGINE.reason();
    }

    @Override
    public String name(PanelType type) {
      return Found.ENGINE.name(type);
    }

    @Override
    public Optional<PanelType> forProducts(boolean inBfloat16) {
      boolean may = inBfloat16 || Processor.mayHaveTiles();
      return may ? Found.ENGINE.forProducts(inBfloat16) : Optional.empty();
    }
  }

  /// Made once, so that the log has one line.
  final class Forced {
    private static final System.Logger LOG = System.getLogger("dev.fader.kernel");
    static final ProductEngine ENGINE = logged();

    private Forced() {}

    private static ProductEngine logged() {
      var search = OneDnn.find();
      if (search.library().isEmpty()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "the engine onednn is asked for, but {0}",
            search.reason());
      }
      return found(true);
    }
  }

  /// Fader's own loops.
  record Java(String reason) implements ProductEngine {
    private static final Java ASKED_FOR = new Java("Java, because it is asked for");

    /// The reference.
    static final Java SCALAR = new Java("Java, because kernels are scalar");

    @Override
    public String name(PanelType type) {
      return "Java";
    }

    @Override
    public Optional<PanelType> forProducts(boolean inBfloat16) {
      return Optional.empty();
    }
  }

  /// oneDNN. Its float32 products are 1.35 times as fast as Java's on an Intel Xeon with AMX and
  /// equal on AMD's Zen 5: unless forced, they are used where there is AMX.
  ///
  /// @param forced whether all products are the library's
  record Library(OneDnn library, boolean forced, String reason) implements ProductEngine {
    @Override
    public String name(PanelType type) {
      String operands =
          switch (type) {
            case FLOAT32 -> "float32";
            case BFLOAT16 -> "bfloat16";
          };
      return "oneDNN %s in %s".formatted(library.version(), operands);
    }

    @Override
    public Optional<PanelType> forProducts(boolean inBfloat16) {
      if (inBfloat16 && library.hasBfloat16()) {
        return Optional.of(PanelType.BFLOAT16);
      }
      return forced || library.hasTiles() ? Optional.of(PanelType.FLOAT32) : Optional.empty();
    }
  }
}
