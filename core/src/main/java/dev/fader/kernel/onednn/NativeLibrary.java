package dev.fader.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/// The functions of one opened library, by name.
///
/// All of them are called by one handle, which takes seven words and gives one back: to link a
/// handle for each of their fifteen signatures takes longer than all that is asked of the library
/// before it multiplies. A function that has fewer parameters does not look at the words that are
/// left, which are in registers or are the caller's to take from the stack, in every calling
/// convention of 64 bits; an int is the lower half of its word, with its sign before it.
@SuppressWarnings("restricted") // calling a library is what this is for
record NativeLibrary(SymbolLookup symbols) {
  private static final int OUT_OF_MEMORY = 1;
  private static final int INVALID = 2;
  private static final int UNIMPLEMENTED = 3;
  private static final int MOST_PARAMETERS = 7;

  /// A function, then seven words.
  static final MethodHandle CALL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                  JAVA_LONG));

  /// @throws OneDnnException if the library has none of this name
  Function function(String name) {
    var address =
        symbols.find(name).orElseThrow(() -> new OneDnnException("it has no function " + name));
    return new Function(name, address);
  }

  /// @throws OneDnnException if `status` is none of success
  static void check(String name, int status) {
    if (status != 0) {
      String meaning =
          switch (status) {
            case OUT_OF_MEMORY -> "out of memory";
            case INVALID -> "invalid arguments";
            case UNIMPLEMENTED -> "not implemented for this processor";
            default -> "see dnnl_status_t";
          };
      throw new OneDnnException("%s answers %d (%s)".formatted(name, status, meaning));
    }
  }

  /// A function that is called seldom.
  record Function(String name, MemorySegment address) {
    /// For one that returns a `dnnl_status_t`.
    ///
    /// @throws OneDnnException if it does not answer success
    void with(Object... arguments) {
      check(name, number(arguments));
    }

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
                address, words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
      } catch (Throwable thrown) {
        throw rethrown(thrown);
      } finally {
        Reference.reachabilityFence(arguments);
      }
    }
  }

  /// A call of a library throws nothing of its own.
  static RuntimeException rethrown(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException exception -> exception;
      case Error error -> throw error;
      default -> new IllegalStateException(thrown);
    };
  }

  /// What a function wrote to where it was to put an address.
  static MemorySegment pointer(MemorySegment out) {
    return out.get(ADDRESS, 0);
  }
}
