package dev.fader.mpi.library;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/// A function of the system's or of a library's.
///
/// All are called by one handle, which takes nine words and gives one back: to link one for each
/// signature takes longer than a small program computes. A function that has fewer parameters does
/// not look at the words that are left, which are in registers or are the caller's to take from the
/// stack, in every calling convention of 64 bits; an int is the lower half of its word, with its
/// sign before it.
@SuppressWarnings("restricted") // calling a library is what this is for
record NativeFunction(String name, MemorySegment address) {
  private static final int MOST_PARAMETERS = 9;

  private static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                  JAVA_LONG, JAVA_LONG, JAVA_LONG));

  /// For one that returns an int, or nothing.
  int number(Object... arguments) {
    return (int) call(arguments);
  }

  /// For one that returns an address.
  MemorySegment pointer(Object... arguments) {
    return MemorySegment.ofAddress(call(arguments));
  }

  private long call(Object... arguments) {
    var words = new long[MOST_PARAMETERS];
    for (int i = 0; i < arguments.length; i++) {
      words[i] =
          arguments[i] instanceof MemorySegment memory
              ? memory.address()
              : ((Number) arguments[i]).longValue();
    }
    try {
      return (long)
          CALL.invokeExact(
              address, words[0], words[1], words[2], words[3], words[4], words[5], words[6],
              words[7], words[8]);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) { // no function throws anything of its own
      throw new IllegalStateException(thrown);
    } finally {
      Reference.reachabilityFence(arguments);
    }
  }
}
