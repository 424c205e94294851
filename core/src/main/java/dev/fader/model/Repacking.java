package dev.fader.model;

import dev.fader.kernel.interleaved.Interleaving;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which quantised matrices of a model are copied into the order of the arithmetic, and when:
/// [Interleaving] of whole tables. Done once, by the first session pool.
final class Repacking {
  private static final System.Logger LOG = System.getLogger("dev.fader.model");

  /// Models whose copies take no more bytes have activations of float32.
  private static final long SMALL = 64L << 20;

  /// Bytes of copies that lie in one piece, at least, but for the last.
  private static final long SLAB = 64L << 20;

  private final Parameters parameters;
  private final TensorArena arena;
  private final boolean sparse;
  private ActivationType activations = ActivationType.AUTOMATIC;
  private boolean settled; // repacked, or to stay as stored

  /// @param sparse whether single neurons are read of matrices that make room for that
  Repacking(Parameters parameters, TensorArena arena, boolean sparse) {
    this.parameters = parameters;
    this.arena = arena;
    this.sparse = sparse;
  }

  synchronized void keepAsStored() {
    settled = true;
  }

  synchronized void takeActivationsAs(ActivationType type) {
    activations = type;
  }

  /// Whether activations may be rounded: whether that is asked for, or the weights are many.
  synchronized boolean roundsActivations() {
    long bytes = 0;
    for (var spec : parameters.specs()) {
      if (isMultiplied(parameters.config(), spec)) {
        var tensor = parameters.get(spec).value();
        bytes += tensor.segment().byteSize();
      }
    }
    return rounds(bytes);
  }

  private boolean rounds(long bytes) {
    return switch (activations) {
      case AUTOMATIC -> bytes > SMALL;
      case FLOAT32 -> false;
      case EIGHT_BITS -> true;
    };
  }

  private DType rows(long copy) {
    return rounds(copy) ? DType.Q8_0 : DType.FLOAT32;
  }

  synchronized void run(Workers workers) {
    if (settled || arena.isCounting()) {
      return;
    }
    settled = true;
    var tensors = multiplied();
    long copy = 0;
    for (var tensor : tensors) {
      copy += Interleaving.bytes(tensor.type(), tensor.shape());
    }
    long room = arena.memory().room();
    if (copy > room - room / 4) {
      LOG.log(
          Level.INFO,
          "repacking the weights takes {0} bytes, too many of the {1} that the memory limit leaves:"
              + " they are read as they lie in the file, more slowly",
          String.valueOf(copy),
          String.valueOf(room));
      return;
    }
    var slabs = arena.openPart();
    List<MemorySegment> memory;
    try {
      memory = memory(slabs, tensors, workers);
    } catch (OutOfTensorMemory full) { // others may have filled what they share with this
      slabs.close();
      LOG.log(Level.INFO, "{0}: the weights are read as they lie", full.getMessage());
      return;
    }
    for (int i = 0; i < tensors.size(); i++) {
      var tensor = tensors.get(i);
      if (memory.get(i).byteSize() > 0) {
        Interleaving.interleave(tensor, memory.get(i), workers, rows(copy));
      }
      if (tensor.isInterleaved() && Interleaving.isForPanels(tensor.type())) {
        tensor.unload();
      }
    }
  }

  /// Where in `arena` the copies of `tensors` go. Zeroing new memory, a page at a time, can take
  /// longer than what is written to it, so it comes in large slabs, which may have large pages, and
  /// every worker zeroes some.
  private List<MemorySegment> memory(TensorArena arena, List<Tensor> tensors, Workers workers) {
    var slabs = new ArrayList<List<Long>>(); // bytes of their tensors
    long size = SLAB;
    for (var tensor : tensors) {
      if (size >= SLAB) {
        slabs.add(new ArrayList<>());
        size = 0;
      }
      long bytes = Interleaving.bytes(tensor.type(), tensor.shape());
      slabs.getLast().add(bytes);
      size += bytes;
    }
    var memory = new MemorySegment[slabs.size()];
    workers.forEach(
        memory.length,
        (slab, worker) -> {
          long bytes = slabs.get(slab).stream().mapToLong(Long::longValue).sum();
          memory[slab] = arena.allocate(DType.INT8, Shape.of(bytes)).segment();
        });
    var parts = new ArrayList<MemorySegment>();
    for (int slab = 0; slab < memory.length; slab++) {
      long at = 0;
      for (long bytes : slabs.get(slab)) {
        parts.add(memory[slab].asSlice(at, bytes));
        at += bytes;
      }
    }
    return parts;
  }

  /// The matrices that rows are multiplied with and whose copies the vectors of this process can
  /// read, in the order in which they lie in memory: that of a file is the fastest to read.
  private List<Tensor> multiplied() {
    var tensors = new ArrayList<Tensor>();
    if (parameters.inputMajor()) {
      return tensors;
    }
    for (var spec : parameters.specs()) {
      var tensor = parameters.get(spec).value();
      boolean whole = isMultiplied(parameters.config(), spec) && !isSparse(spec);
      if (whole && Interleaving.fits(tensor.type())) {
        tensors.add(tensor);
      }
    }
    tensors.sort(Comparator.comparingLong(tensor -> tensor.segment().address()));
    return tensors;
  }

  /// Whether single neurons of a matrix are read, which lie apart in a copy.
  private boolean isSparse(ParameterSpec spec) {
    return sparse
        && switch (spec.role()) {
          case DOWN, GATE_UP -> true;
          case UP -> parameters.config().feedForward().gated();
          default -> false;
        };
  }

  private static boolean isMultiplied(ModelConfig config, ParameterSpec spec) {
    return switch (spec.role()) {
      case POSITION_EMBEDDING, KEY_VALUE_UP -> false;
      case TOKEN_EMBEDDING -> config.embedding().tied();
      default -> true;
    };
  }

  /// The bytes of the copy of a parameter that is stored as `type`, 0 if there is none.
  static long bytes(ModelConfig config, ParameterSpec spec, DType type) {
    return isMultiplied(config, spec) ? Interleaving.bytes(type, spec.shape()) : 0;
  }
}
