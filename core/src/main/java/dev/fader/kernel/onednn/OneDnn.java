package dev.fader.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fader.kernel.onednn.Descriptors.Operands;
import dev.fader.kernel.onednn.Descriptors.Setting;
import dev.fader.kernel.onednn.NativeLibrary.Function;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// oneDNN, a library of products for processors
/// ([github.com/uxlfoundation/oneDNN](https://github.com/uxlfoundation/oneDNN), Debian's
/// `libdnnl2`), of version 2 from 2.5 on or 3. It is looked for once, on Linux on the path where
/// the system looks for libraries, or at `-Dfader.onednn=FILE`, and stays open.
///
/// Its own threads are not used: who calls it has threads of his own.
@SuppressWarnings("restricted") // calling a library is what this is for
public final class OneDnn {
  /// The file to open rather than to look for one.
  public static final String PROPERTY = "fader.onednn";

  private static final int PROCESSOR = 1; // dnnl_cpu
  static final int IN_ORDER = 1;
  private static final int OLDEST_OF_SECOND = 5;
  private static final int IMPLEMENTATION = 8; // of dnnl_query_t
  private static final int WEIGHTS = 131; // of dnnl_query_t
  private static final int SCRATCHPAD = 136; // of dnnl_query_t
  private static final int SCRATCHPAD_OF_CALLER = 1; // dnnl_scratchpad_mode_user
  private static final int SEQUENTIAL = 1; // of dnnl_cpu_runtime_t
  private static final int OPENMP = 2;

  private final String version;
  private final Descriptors descriptors;
  private final Functions functions;
  private final @Nullable OpenMp openMp;
  private final Setting setting;
  private final String bfloat16;

  /// The functions whose interface versions 2 and 3 share. The last two are called for each panel.
  record Functions(
      Function createStream,
      Function createMemory,
      Function createPrimitive,
      Function destroyDescriptor,
      Function query,
      Function queryMatrix,
      Function destroyPrimitive,
      Function destroyMemory,
      Function destroyStream,
      Function setHandle,
      Function execute) {
    static Functions of(NativeLibrary library) {
      return new Functions(
          library.function("dnnl_stream_create"),
          library.function("dnnl_memory_create"),
          library.function("dnnl_primitive_create"),
          library.function("dnnl_primitive_desc_destroy"),
          library.function("dnnl_primitive_desc_query"),
          library.function("dnnl_primitive_desc_query_md"),
          library.function("dnnl_primitive_destroy"),
          library.function("dnnl_memory_destroy"),
          library.function("dnnl_stream_destroy"),
          library.function("dnnl_memory_set_data_handle"),
          library.function("dnnl_primitive_execute"));
    }
  }

  /// How many threads the library would start for the calling thread.
  record OpenMp(Function most, Function set) {
    static OpenMp of(NativeLibrary library) {
      return new OpenMp(
          library.function("omp_get_max_threads"), library.function("omp_set_num_threads"));
    }

    /// Sets the threads of the calling thread to `count`, and returns what they were.
    int limit(int count) {
      int before = most.number();
      set.number(count);
      return before;
    }
  }

  private OneDnn(NativeLibrary library, Version found) {
    version = found.name();
    functions = Functions.of(library);
    descriptors =
        found.major() == 2 ? Descriptors.Second.of(library) : Descriptors.Third.of(library);
    openMp = found.runtime() == OPENMP ? OpenMp.of(library) : null;
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(ADDRESS);
      var create = library.function("dnnl_engine_create");
      create.with(out, PROCESSOR, 0L);
      setting = new Setting(NativeLibrary.pointer(out), attributes(library, arena));
    }
    bfloat16 = probe(PanelType.BFLOAT16);
    probe(PanelType.FLOAT32);
  }

  /// Those of all primitives. Scratchpads of the library's own are shared by the primitives of a
  /// thread: a primitive may then run on the thread that made it and on no other.
  private static MemorySegment attributes(NativeLibrary library, Arena arena) {
    var out = arena.allocate(ADDRESS);
    library.function("dnnl_primitive_attr_create").with(out);
    var attributes = NativeLibrary.pointer(out);
    library
        .function("dnnl_primitive_attr_set_scratchpad_mode")
        .with(attributes, SCRATCHPAD_OF_CALLER);
    return attributes;
  }

  /// What `dnnl_version` tells.
  record Version(int major, int minor, int patch, int runtime) {
    private static final long BYTES = 32;
    private static final long RUNTIME = 24;

    static Version of(NativeLibrary library) {
      var structure = library.function("dnnl_version").pointer().reinterpret(BYTES);
      return new Version(
          structure.get(JAVA_INT, 0),
          structure.get(JAVA_INT, 4),
          structure.get(JAVA_INT, 8),
          structure.get(JAVA_INT, RUNTIME));
    }

    String name() {
      return "%d.%d.%d".formatted(major, minor, patch);
    }

    void check() {
      boolean known = major == 3 || (major == 2 && minor >= OLDEST_OF_SECOND);
      if (!known) {
        throw new OneDnnException(
            "it is version %s: must be 2.%d or later of version 2, or version 3"
                .formatted(name(), OLDEST_OF_SECOND));
      }
      if (runtime != OPENMP && runtime != SEQUENTIAL) {
        throw new OneDnnException(
            "it is built for another runtime of threads than OpenMP (dnnl_cpu_runtime_t %d)"
                .formatted(runtime));
      }
    }
  }

  /// Looks for the library, once in a process.
  public static OneDnnSearch find() {
    return Found.SEARCH;
  }

  private static final class Found {
    static final OneDnnSearch SEARCH = search();

    private static OneDnnSearch search() {
      String asked = System.getProperty(PROPERTY, "");
      return asked.isEmpty()
          ? OneDnn.search(names(System.getProperty("os.name", "")))
          : OneDnn.search(List.of(asked));
    }
  }

  /// What the library is called on a system. Windows and macOS would look for a mere name in the
  /// folder that java was started in, too, where anybody may have put it.
  static List<String> names(String system) {
    String lowerCase = system.toLowerCase(Locale.ROOT);
    if (lowerCase.contains("windows")) {
      return List.of();
    }
    return lowerCase.contains("mac")
        ? List.of("/opt/homebrew/lib/libdnnl.3.dylib", "/usr/local/lib/libdnnl.3.dylib")
        : List.of("libdnnl.so.3", "libdnnl.so.2");
  }

  /// The first of some libraries that can be opened.
  static OneDnnSearch search(List<String> names) {
    if (names.isEmpty()) {
      return OneDnnSearch.missing(
          "oneDNN is not looked for on this system: name its file by -D%s=FILE"
              .formatted(PROPERTY));
    }
    for (String name : names) {
      Optional<SymbolLookup> symbols;
      try {
        symbols = open(name);
      } catch (IllegalCallerException denied) {
        return OneDnnSearch.missing(
            "java may not call native libraries: add the flag --enable-native-access=dev.fader");
      }
      if (symbols.isPresent()) {
        try {
          return of(name, new NativeLibrary(symbols.get()));
        } catch (OneDnnException unusable) {
          return OneDnnSearch.missing(
              "oneDNN (%s) cannot be used: %s".formatted(name, unusable.getMessage()));
        }
      }
    }
    return OneDnnSearch.missing(
        "oneDNN is not installed (%s cannot be opened; on Debian and Ubuntu: apt install libdnnl2)"
            .formatted(String.join(", ", names)));
  }

  private static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException cannotBeOpened) {
      return Optional.empty();
    }
  }

  private static OneDnnSearch of(String name, NativeLibrary library) {
    var version = Version.of(library);
    version.check();
    var found = new OneDnn(library, version);
    return OneDnnSearch.found(
        found, "oneDNN %s (%s, %s)".formatted(found.version, name, found.bfloat16));
  }

  /// The library of this process, where there is one.
  static OneDnn found() {
    return find().library().orElseThrow();
  }

  Functions functions() {
    return functions;
  }

  /// Such as 2.6.3.
  public String version() {
    return version;
  }

  /// Whether the processor multiplies bfloat16 itself. Without, the library does it in several
  /// steps, slower than in float32.
  public boolean hasBfloat16() {
    return bfloat16.contains("bf16") || hasTiles();
  }

  /// Whether the processor has units for whole tiles of matrices (AMX).
  public boolean hasTiles() {
    return bfloat16.contains("amx");
  }

  /// Runs `work` so that the library starts no thread of its own for the calling thread.
  public void onOneThread(Runnable work) {
    if (openMp == null) {
      work.run();
      return;
    }
    int before = openMp.limit(1);
    try {
      work.run();
    } finally {
      openMp.limit(before);
    }
  }

  /// Compiles a kernel, within [#onOneThread].
  ///
  /// @throws OneDnnException if the library refuses or lays out panels in an unknown way
  public PanelKernel compile(PanelShape shape) {
    try (var arena = Arena.ofConfined()) {
      return new PanelKernel(functions, describe(arena, shape), setting.engine());
    }
  }

  /// A primitive's descriptor, those of its operands, and the layouts of b and of a scratchpad that
  /// it asks for: as long as the arena is open that they were described in.
  record Description(
      MemorySegment primitive, Operands operands, MemorySegment panel, MemorySegment scratchpad) {}

  private Description describe(Arena arena, PanelShape shape) {
    var type = shape.type();
    long[] left = {shape.rows(), shape.depth()};
    long[] right = {shape.depth(), PanelKernel.WIDTH};
    long[] result = {shape.rows(), PanelKernel.WIDTH};
    var operands =
        new Operands(
            descriptors.matrix(arena, type, left),
            descriptors.any(arena, type, right),
            descriptors.matrix(arena, PanelType.FLOAT32, result));
    var primitive =
        descriptors
            .product(arena, setting, operands)
            .reinterpret(arena, functions.destroyDescriptor()::with);
    var panel = matrix(primitive, WEIGHTS);
    requireKnown(descriptors.layout(arena, panel), type);
    return new Description(primitive, operands, panel, matrix(primitive, SCRATCHPAD));
  }

  private MemorySegment matrix(MemorySegment primitive, int which) {
    var found = functions.queryMatrix().pointer(primitive, which, 0);
    if (found.equals(MemorySegment.NULL)) {
      throw new OneDnnException("it does not tell the layout %d of a product".formatted(which));
    }
    return found;
  }

  /// That a panel holds all its columns side by side, for `group` steps of the depth after the
  /// others: what oneDNN calls ab, BA16a64b and BA16a64b2a.
  static void requireKnown(Descriptors.Layout layout, PanelType type) {
    long block = 1; // of rows
    long width = 1;
    long innermost = 1; // of rows, within the columns
    for (int i = 0; i < layout.sizes().size(); i++) {
      long size = layout.sizes().get(i);
      if (layout.dimensions().get(i) == 1) {
        width *= size;
      } else if (width == 1) {
        block *= size;
      } else {
        innermost *= size;
      }
    }
    boolean blocked =
        width == PanelKernel.WIDTH
            && innermost == type.group()
            && PanelKernel.DEPTH_UNIT % (block * innermost) == 0
            && layout.strides().get(0) == block * innermost * width;
    boolean plain =
        layout.sizes().isEmpty()
            && type.group() == 1
            && layout.strides().get(0) == PanelKernel.WIDTH
            && layout.strides().get(1) == 1;
    if (!blocked && !plain) {
      throw new OneDnnException(
          "it lays out weights in a way that is not known here (%s, strides %s, inner blocks %s of %s)"
              .formatted(type, layout.strides(), layout.sizes(), layout.dimensions()));
    }
  }

  /// Whether the library multiplies what it will be asked for: the smallest and the deepest panels.
  ///
  /// @return the name of its implementation
  private String probe(PanelType type) {
    var names = new ArrayList<String>();
    onOneThread(() -> {
      for (int rows : new int[] {PanelKernel.ROWS, PanelKernel.FEW_ROWS}) {
        for (int depth : new int[] {PanelKernel.DEPTH_UNIT, PanelKernel.MOST_DEPTH}) {
          try (var arena = Arena.ofConfined()) {
            var description = describe(arena, new PanelShape(type, rows, depth));
            var out = arena.allocate(ADDRESS);
            functions.query().with(description.primitive(), IMPLEMENTATION, 0, out);
            names.add(NativeLibrary.pointer(out).reinterpret(Long.MAX_VALUE).getString(0));
          }
        }
      }
    });
    return names.getFirst();
  }
}
