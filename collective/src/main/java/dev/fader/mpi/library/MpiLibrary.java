package dev.fader.mpi.library;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fader.collective.CollectiveException;
import dev.fader.mpi.library.DynamicLoader.Opening;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// An opened library of MPI: Open MPI 4 or 5, MPICH 3.2 or later and what has its interface, or any
/// that has the standard binary interface of MPI 5. Which it is, its symbols tell.
///
/// But for [#version] all is called by the one thread that called [#initialize].
public final class MpiLibrary {
  /// The file to open rather than to look for one.
  public static final String PROPERTY = "fader.mpi";

  /// Open MPI, as its own launcher needs it.
  public static final List<String> OPEN_MPI = List.of("libmpi.so.40", "libmpi_abi.so.0");

  /// MPICH as Debian names it, as others do, Intel and Cray among them.
  public static final List<String> MPICH =
      List.of("libmpich.so.12", "libmpi.so.12", "libmpi_abi.so.0");

  private static final int TEXT_BYTES = 8192; // of the longest MPI_MAX_..._STRING of any
  private static final Pattern NAMED =
      Pattern.compile("(Open MPI|MPICH|Intel\\(R\\) MPI Library)\\D*([\\w.]+)");

  private final DynamicLoader loader;
  private final MemorySegment library;
  private final String file;
  private final Handles handles;
  private final Functions functions;

  /// The functions that are called.
  private record Functions(
      NativeFunction initialized,
      NativeFunction initialize,
      NativeFunction setErrorHandler,
      NativeFunction rank,
      NativeFunction size,
      NativeFunction processorName,
      NativeFunction version,
      NativeFunction errorString,
      NativeFunction send,
      NativeFunction receive,
      NativeFunction broadcast,
      NativeFunction barrier,
      NativeFunction testAll,
      NativeFunction abort,
      NativeFunction finish) {}

  private MpiLibrary(DynamicLoader loader, MemorySegment library, String file) {
    this.loader = loader;
    this.library = library;
    this.file = file;
    functions =
        new Functions(
            function("MPI_Initialized"),
            function("MPI_Init_thread"),
            function("MPI_Comm_set_errhandler"),
            function("MPI_Comm_rank"),
            function("MPI_Comm_size"),
            function("MPI_Get_processor_name"),
            function("MPI_Get_library_version"),
            function("MPI_Error_string"),
            function("MPI_Isend"),
            function("MPI_Irecv"),
            function("MPI_Ibcast"),
            function("MPI_Ibarrier"),
            function("MPI_Testall"),
            function("MPI_Abort"),
            function("MPI_Finalize"));
    handles = handles();
  }

  private MemorySegment symbol(String name) {
    return loader
        .find(library, name)
        .orElseThrow(() -> new MpiUnavailable("%s has no symbol %s".formatted(file, name)));
  }

  private NativeFunction function(String name) {
    return new NativeFunction(name, symbol(name));
  }

  private Handles handles() {
    if (loader.find(library, "ompi_mpi_comm_world").isPresent()) {
      return Handles.openMpi(this::symbol);
    }
    // MPICH has this function in its library of old handles, too, where it answers -1.
    var standard = loader.find(library, "MPI_Abi_get_version");
    if (standard.isPresent()) {
      try (var arena = Arena.ofConfined()) {
        var major = arena.allocate(JAVA_INT);
        var minor = arena.allocate(JAVA_INT);
        new NativeFunction("MPI_Abi_get_version", standard.get()).number(major, minor);
        if (major.get(JAVA_INT, 0) >= 1) {
          return Handles.STANDARD;
        }
      }
    }
    return Handles.MPICH;
  }

  /// Opens the first of some libraries that can be, or the one that [#PROPERTY] names.
  ///
  /// @throws MpiUnavailable if none can
  public static MpiLibrary open(List<String> names) {
    String asked = System.getProperty(PROPERTY, "");
    return openFirst(asked.isEmpty() ? names : List.of(asked));
  }

  static MpiLibrary openFirst(List<String> names) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new MpiUnavailable("MPI is used on Linux only");
    }
    DynamicLoader loader;
    try {
      loader = new DynamicLoader();
    } catch (IllegalCallerException denied) {
      throw new MpiUnavailable(
          "java may not call native libraries: add the flag --enable-native-access=dev.fader.mpi");
    }
    var reasons = new ArrayList<String>();
    for (String name : names) {
      switch (loader.open(name)) {
        case Opening.Opened opened -> {
          return new MpiLibrary(loader, opened.library(), name);
        }
        case Opening.Failed failed -> reasons.add(failed.reason());
      }
    }
    throw new MpiUnavailable(String.join("; ", reasons));
  }

  /// As it was opened.
  public String file() {
    return file;
  }

  /// Whose it is, and its version: `Open MPI 4.1.4`. May be asked before [#initialize].
  public String version() {
    return version(text(functions.version));
  }

  /// The short of what a library says of itself, often in many lines.
  static String version(String told) {
    var named = NAMED.matcher(told);
    if (named.find()) {
      return "%s %s"
          .formatted(named.group(1).replace("(R)", ""), named.group(2).replaceFirst("^v", ""));
    }
    return told.lines().findFirst().orElse("MPI").strip();
  }

  /// Starts MPI, whose errors are returned from then on.
  ///
  /// @throws CollectiveException if it was started before in this process, or cannot be
  public void initialize() {
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(JAVA_INT);
      call(functions.initialized, out);
      if (out.get(JAVA_INT, 0) != 0) {
        throw new CollectiveException(
            "MPI was started before in this process: use the group that was opened then");
      }
      call(functions.initialize, 0, 0, handles.funneled(), out);
      call(functions.setErrorHandler, handles.world(), handles.errorsReturn());
    }
  }

  /// Of this process.
  public int rank() {
    return number(functions.rank);
  }

  /// Ranks that the launcher has connected.
  public int size() {
    return number(functions.size);
  }

  private int number(NativeFunction function) {
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(JAVA_INT);
      call(function, handles.world(), out);
      return out.get(JAVA_INT, 0);
    }
  }

  /// The name of this machine.
  public String host() {
    return text(functions.processorName);
  }

  private String text(NativeFunction function) {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocate(TEXT_BYTES);
      call(function, text, arena.allocate(JAVA_INT));
      return text.getString(0);
    }
  }

  /// Bytes of a request that is under way.
  public int requestBytes() {
    return handles.requestBytes();
  }

  /// Begins to send `bytes`, of which there are at most [Integer#MAX_VALUE], to a rank.
  ///
  /// @param request where to put what [#areDone] asks for
  public void send(MemorySegment bytes, Mail mail, MemorySegment request) {
    call(
        functions.send,
        bytes,
        bytes.byteSize(),
        handles.bytes(),
        mail.rank(),
        mail.tag(),
        handles.world(),
        request);
  }

  /// Begins to receive `bytes` from a rank.
  public void receive(MemorySegment bytes, Mail mail, MemorySegment request) {
    call(
        functions.receive,
        bytes,
        bytes.byteSize(),
        handles.bytes(),
        mail.rank(),
        mail.tag(),
        handles.world(),
        request);
  }

  /// Begins to give all ranks the bytes of one.
  public void broadcast(MemorySegment bytes, int root, MemorySegment request) {
    call(
        functions.broadcast,
        bytes,
        bytes.byteSize(),
        handles.bytes(),
        root,
        handles.world(),
        request);
  }

  /// Begins to wait for all ranks.
  public void barrier(MemorySegment request) {
    call(functions.barrier, handles.world(), request);
  }

  /// Whether all of some requests are done; it is by asking that they get on.
  ///
  /// @param done an int to use
  public boolean areDone(MemorySegment requests, int count, MemorySegment done) {
    call(functions.testAll, count, requests, done, handles.statusesIgnored());
    return done.get(JAVA_INT, 0) != 0;
  }

  /// Ends the processes of all ranks, this one's among them.
  public void abort() {
    functions.abort.number(handles.world(), 1);
  }

  /// Ends MPI, when all ranks have come here.
  public void finish() {
    call(functions.finish);
  }

  private void call(NativeFunction function, Object... arguments) {
    int error = function.number(arguments);
    if (error != 0) {
      throw new CollectiveException(
          "%s cannot go on: %s answers %d, %s; start all ranks again, with --resume where they train"
              .formatted(version(), function.name(), error, reason(error)));
    }
  }

  private String reason(int error) {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocate(TEXT_BYTES);
      int failed = functions.errorString.number(error, text, arena.allocate(JAVA_INT));
      return failed == 0 ? text.getString(0).strip().replace('\n', ' ') : "an unknown error";
    }
  }
}
