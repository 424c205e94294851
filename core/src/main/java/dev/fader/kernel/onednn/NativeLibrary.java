package dev.fader.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/// The functions of one opened library, by name.
@SuppressWarnings("restricted") // calling a library is what this is for
record NativeLibrary(SymbolLookup symbols) {
  private static final int OUT_OF_MEMORY = 1;
  private static final int INVALID = 2;
  private static final int UNIMPLEMENTED = 3;

  /// A function that returns an int.
  ///
  /// @throws OneDnnException if the library has none of this name
  MethodHandle function(String name, MemoryLayout... parameters) {
    return handle(name, FunctionDescriptor.of(JAVA_INT, parameters));
  }

  /// A function that returns an address.
  ///
  /// @throws OneDnnException if the library has none of this name
  MethodHandle address(String name, MemoryLayout... parameters) {
    return handle(name, FunctionDescriptor.of(ADDRESS, parameters));
  }

  /// A function that returns nothing.
  ///
  /// @throws OneDnnException if the library has none of this name
  MethodHandle procedure(String name, MemoryLayout... parameters) {
    return handle(name, FunctionDescriptor.ofVoid(parameters));
  }

  /// A function that returns a `dnnl_status_t`, called seldom.
  ///
  /// @throws OneDnnException if the library has none of this name
  Call call(String name, MemoryLayout... parameters) {
    var handle = function(name, parameters);
    var spread =
        handle
            .asSpreader(Object[].class, parameters.length)
            .asType(MethodType.methodType(int.class, Object[].class));
    return new Call(name, spread);
  }

  private MethodHandle handle(String name, FunctionDescriptor descriptor) {
    var symbol =
        symbols.find(name).orElseThrow(() -> new OneDnnException("it has no function " + name));
    return Linker.nativeLinker().downcallHandle(symbol, descriptor);
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

  /// A `dnnl_status_t` function.
  record Call(String name, MethodHandle handle) {
    /// @throws OneDnnException if the function does not answer success
    void with(Object... arguments) {
      int status;
      try {
        status = (int) handle.invokeExact(arguments);
      } catch (Throwable thrown) {
        throw rethrown(thrown);
      }
      check(name, status);
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
