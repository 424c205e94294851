package dev.fader.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fader.kernel.onednn.NativeLibrary.Function;
import dev.fader.kernel.onednn.OneDnn.Description;
import dev.fader.kernel.onednn.OneDnn.Functions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/// A compiled product c = a b of [PanelShape#rows] rows with a panel of [#WIDTH] columns:
///
/// ```
/// a  (rows, depth), row after row
/// b  a panel: for each [PanelType#group] steps of the depth, those of the first column, of the next, ...
/// c  (rows, WIDTH) float32, row after row
/// ```
///
/// Rows do not depend on each other, nor on how many there are. One thread at a time may run it,
/// any. Freed with the object.
@SuppressWarnings("restricted") // calling a library is what this is for
public final class PanelKernel {
  /// Columns of a panel.
  public static final int WIDTH = 64;

  /// The depth is padded to a multiple of this, with zeros.
  public static final int DEPTH_UNIT = 32;

  /// Rows of the most common kernel: enough for a panel in the cache to be worth its loads.
  public static final int ROWS = 32;

  /// Rows of the kernel for what is left.
  public static final int FEW_ROWS = 8;

  /// Steps of the depth at most: such a panel in bfloat16 takes 256 KiB.
  public static final int MOST_DEPTH = 2048;

  private static final int SOURCE = 1; // DNNL_ARG_SRC
  private static final int PANEL = 33; // DNNL_ARG_WEIGHTS
  private static final int RESULT = 17; // DNNL_ARG_DST
  private static final int SCRATCHPAD = 80; // DNNL_ARG_SCRATCHPAD
  private static final int ARGUMENTS = 4;
  private static final long ARGUMENT_BYTES = 16; // dnnl_exec_arg_t

  /// Memory that the library allocates, and frees with the object: `DNNL_MEMORY_ALLOCATE`.
  private static final MemorySegment ALLOCATED = MemorySegment.ofAddress(-1);

  // Constants to the compiler, which then inlines the calls.
  private static final MethodHandle CALL = NativeLibrary.CALL;
  private static final Function SET = OneDnn.found().functions().setHandle();
  private static final Function EXECUTE = OneDnn.found().functions().execute();
  private static final MemorySegment SET_ADDRESS = SET.address();
  private static final MemorySegment EXECUTE_ADDRESS = EXECUTE.address();

  private final MemorySegment primitive;
  private final MemorySegment stream;
  private final MemorySegment source;
  private final MemorySegment panel;
  private final MemorySegment result;
  private final MemorySegment arguments;

  PanelKernel(Functions functions, Description description, MemorySegment engine) {
    var arena = Arena.ofAuto();
    var out = arena.allocate(ADDRESS);
    functions.createPrimitive().with(out, description.primitive());
    primitive = owned(NativeLibrary.pointer(out), arena, functions.destroyPrimitive());
    functions.createStream().with(out, engine, OneDnn.IN_ORDER);
    stream = owned(NativeLibrary.pointer(out), arena, functions.destroyStream());
    MemorySegment[] described = {
      description.operands().a(),
      description.panel(),
      description.operands().c(),
      description.scratchpad()
    };
    var memories = new MemorySegment[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++) {
      var memory = i < ARGUMENTS - 1 ? MemorySegment.NULL : ALLOCATED;
      functions.createMemory().with(out, described[i], engine, memory);
      memories[i] = owned(NativeLibrary.pointer(out), arena, functions.destroyMemory());
    }
    source = memories[0];
    panel = memories[1];
    result = memories[2];
    arguments = arena.allocate(ARGUMENTS * ARGUMENT_BYTES, 8);
    argument(0, SOURCE, source);
    argument(1, PANEL, panel);
    argument(2, RESULT, result);
    argument(3, SCRATCHPAD, memories[3]);
  }

  private void argument(int index, int number, MemorySegment memory) {
    arguments.set(JAVA_INT, index * ARGUMENT_BYTES, number);
    arguments.set(ADDRESS, index * ARGUMENT_BYTES + 8, memory);
  }

  private static MemorySegment owned(MemorySegment object, Arena arena, Function destroy) {
    return object.reinterpret(arena, destroy::number);
  }

  /// Multiplies. The operands are checked by no one: their bytes must be those of the shape, off
  /// the heap.
  ///
  /// @throws OneDnnException if the library fails
  public void run(MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      set(source, a);
      set(panel, b);
      set(result, c);
      long status =
          (long)
              CALL.invokeExact(
                  EXECUTE_ADDRESS,
                  primitive.address(),
                  stream.address(),
                  (long) ARGUMENTS,
                  arguments.address(),
                  0L,
                  0L,
                  0L);
      NativeLibrary.check(EXECUTE.name(), (int) status);
    } catch (Throwable thrown) {
      throw NativeLibrary.rethrown(thrown);
    } finally {
      Reference.reachabilityFence(this);
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(c);
    }
  }

  private static void set(MemorySegment memory, MemorySegment data) throws Throwable {
    long status =
        (long) CALL.invokeExact(SET_ADDRESS, memory.address(), data.address(), 0L, 0L, 0L, 0L, 0L);
    NativeLibrary.check(SET.name(), (int) status);
  }
}
