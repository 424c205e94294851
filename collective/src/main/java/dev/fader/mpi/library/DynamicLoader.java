package dev.fader.mpi.library;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/// The system's own functions that open libraries. Those of `java.lang.foreign` keep the symbols of
/// a library from the plug-ins that it opens itself, and some of those look for them.
final class DynamicLoader {
  private static final int NOW_AND_GLOBAL = 0x102; // RTLD_NOW | RTLD_GLOBAL of Linux
  private static final int OVERWRITE = 1;

  private final NativeFunction open;
  private final NativeFunction symbol;
  private final NativeFunction error;

  DynamicLoader() {
    var system = Linker.nativeLinker().defaultLookup();
    open = function(system, "dlopen");
    symbol = function(system, "dlsym");
    error = function(system, "dlerror");
    // UCX, on which both libraries stand, takes the signals that the virtual machine throws its
    // NullPointerException by, and ends the process at the first. It looks here as it is loaded.
    try (var arena = Arena.ofConfined()) {
      function(system, "setenv")
          .number(arena.allocateFrom("UCX_ERROR_SIGNALS"), arena.allocateFrom(""), OVERWRITE);
    }
  }

  private static NativeFunction function(SymbolLookup system, String name) {
    var address =
        system
            .find(name)
            .orElseThrow(() -> new MpiUnavailable("the system has no function " + name));
    return new NativeFunction(name, address);
  }

  /// What was opened, or why it cannot be.
  sealed interface Opening {
    /// It can be used.
    ///
    /// @param library a handle for [#find]
    record Opened(MemorySegment library) implements Opening {}

    /// It cannot.
    record Failed(String reason) implements Opening {}
  }

  /// Opens a library for as long as the process lives.
  Opening open(String name) {
    try (var arena = Arena.ofConfined()) {
      var library = open.pointer(arena.allocateFrom(name), NOW_AND_GLOBAL);
      return library.equals(MemorySegment.NULL)
          ? new Opening.Failed(text(error.pointer()))
          : new Opening.Opened(library);
    }
  }

  /// A symbol of an opened library.
  Optional<MemorySegment> find(MemorySegment library, String name) {
    try (var arena = Arena.ofConfined()) {
      var address = symbol.pointer(library, arena.allocateFrom(name));
      return address.equals(MemorySegment.NULL) ? Optional.empty() : Optional.of(address);
    }
  }

  @SuppressWarnings("restricted") // the system's text ends with a zero
  private static String text(MemorySegment address) {
    return address.equals(MemorySegment.NULL)
        ? "no reason given"
        : address.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
