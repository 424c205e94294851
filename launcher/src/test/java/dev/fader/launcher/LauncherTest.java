package dev.fader.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The shell scripts `fader` and `.mvn/find-jdk.sh`, run by `/bin/sh` in a house of their own: a
/// folder with a space in its name, JDKs whose `java` prints its arguments, and a `mvnw` that makes
/// the jar and no more.
@DisabledOnOs(OS.WINDOWS)
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LauncherTest {
  private static final String BUILDING =
      "fader: building; the first time fetches what is needed and takes a minute\n";
  private static final String PREPARING =
      "fader: preparing faster starts, in the background and once\n";
  private static final String MAIN = "dev.fader.app/dev.fader.app.cli.Fader\n";
  private static final String MODULE = "--add-modules=jdk.incubator.vector";
  private static final String VECTORS = "-XX:+EnableVectorSupport\n";

  @TempDir private Path temporary;
  private Path house;
  private Path jdk;

  private record Outcome(int exit, String out, String err) {}

  @BeforeEach
  void furnish() throws IOException {
    temporary = temporary.toRealPath();
    house = Files.createDirectories(temporary.resolve("a house"));
    jdk = jdk("jdk-25", "25.0.1");
    Files.createDirectory(house.resolve(".mvn"));
    for (var script : List.of("fader", ".mvn/find-jdk.sh")) {
      Files.copy(repository().resolve(script), house.resolve(script));
    }
    executable("a house/fader", Files.readString(house.resolve("fader")));
    executable(
        "a house/mvnw",
        """
        #!/bin/sh
        mkdir -p app/target/modules && touch app/target/modules/fader-app.jar
        """);
    for (var module : List.of("core", "collective", "serve", "app")) {
      Files.createDirectories(house.resolve(module + "/src/main"));
      Files.writeString(house.resolve(module + "/src/main/Source.java"), "");
      Files.writeString(house.resolve(module + "/pom.xml"), "");
    }
    Files.writeString(house.resolve("pom.xml"), "");
  }

  /// What starts record runs on when they have ended.
  @AfterEach
  void awaitRecordings() throws Exception {
    for (int i = 0; !recordings().isEmpty(); i++) {
      assertTrue(i < 6000, recordings()::toString);
      Thread.sleep(5);
    }
  }

  /// What a recording that is under way leaves in the folder.
  private List<String> recordings() throws IOException {
    var target = house.resolve("app/target");
    if (!Files.exists(target)) {
      return List.of();
    }
    try (var files = Files.list(target)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("start-.*\\.(lock|\\w{6})"))
          .toList();
    }
  }

  /// The outcome of a start after one that has recorded all.
  private Outcome warm(String... arguments) throws Exception {
    var first = fader(arguments);
    assertFalse(first.out().contains("AOTCache"), first.out());
    awaitRecordings();
    return fader(arguments);
  }

  /// As ranks of a group do.
  @Test
  void startsAtOnceBuildOnce() throws Exception {
    executable(
        "a house/mvnw",
        """
        #!/bin/sh
        echo built >>builds
        sleep 0.5
        mkdir -p app/target/modules && touch app/target/modules/fader-app.jar
        """);
    try (var starts = Executors.newFixedThreadPool(3)) {
      Callable<Outcome> start = () -> fader("--help");
      for (var outcome : starts.invokeAll(Collections.nCopies(3, start))) {
        assertEquals(0, outcome.get().exit(), outcome.get().err());
      }
    }
    assertEquals("built\n", Files.readString(house.resolve("builds")));
    assertFalse(Files.exists(house.resolve("app/target/build.lock")));
  }

  @Test
  void passesArgumentsUnchanged() throws Exception {
    var outcome = fader("generate", "--prompt", "two words  \"and\" 'quotes' $HOME *", "");
    assertEquals(0, outcome.exit(), outcome.err());
    var passed = outcome.out().substring(outcome.out().indexOf(MAIN) + MAIN.length());
    assertEquals("generate\n--prompt\ntwo words  \"and\" 'quotes' $HOME *\n\n", passed);
  }

  @Test
  void passesTheFlagsOfTheJvm() throws Exception {
    var outcome =
        run(
            Map.of("FADER_JAVA_HOME", jdk.toString(), "FADER_OPTS", "-Xmx7g -Dfader.vectorBits=0"),
            house,
            "./fader",
            "train");
    assertTrue(outcome.out().contains(MODULE + "\n"), outcome.out());
    assertTrue(outcome.out().contains("-Xmx7g\n-Dfader.vectorBits=0\n"), outcome.out());
    assertTrue(outcome.out().contains("-p\n" + house + "/app/target/modules\n"), outcome.out());
  }

  @Test
  void commandsWithoutArithmeticSkipVectors() throws Exception {
    warm("--help");
    for (var arguments :
        List.of(
            List.of("--help"),
            List.of("train", "--help"),
            List.<String>of(),
            List.of("params", "model", "--json"),
            List.of("plan", "model"),
            List.of("tokenize", "model"))) {
      var outcome = fader(arguments.toArray(String[]::new));
      assertTrue(
          outcome.out().contains("-XX:AOTCache=" + house + "/app/target/start-"), outcome.out());
      assertFalse(outcome.out().contains(VECTORS), outcome.out());
      assertFalse(outcome.out().contains(MODULE), outcome.out());
    }
    warm("run");
    for (var arguments :
        List.of(List.of("run", "params"), List.of("plan", "8b", "--device=this"))) {
      var outcome = fader(arguments.toArray(String[]::new));
      assertTrue(outcome.out().contains(VECTORS), outcome.out());
      assertFalse(outcome.out().contains("-XX:TieredStopAtLevel=1"), outcome.out());
    }
  }

  @Test
  void startsWithVectorsHaveACacheOfTheirOwn() throws Exception {
    var out = warm("train").out();
    var start = house + "/app/target/start-[0-9-]+";
    assertTrue(
        out.matches(
            "(?s).*-XX:AOTCache=%s-vectors.aot\n-Xbootclasspath/a:%<s-vectors.jar\n.*"
                .formatted(start)),
        out);
    assertFalse(out.contains(MODULE), out);
    out = warm("serve", "model").out();
    assertTrue(out.matches("(?s).*-XX:AOTCache=" + start + "-serve.aot\n.*"), out);
    assertTrue(out.contains("--add-modules=dev.fader.serve\n"), out);
  }

  /// The JVM takes no cache of a jar that another start has changed meanwhile.
  @Test
  void copyOfTheVectorApiHasTheAgeOfTheJdk() throws Exception {
    var then = FileTime.from(Instant.now().minus(Duration.ofDays(9)));
    Files.setLastModifiedTime(jdk.resolve("release"), then);
    warm("train");
    try (var files = Files.list(house.resolve("app/target"))) {
      var copy = files.filter(file -> file.toString().endsWith("-vectors.jar")).findAny();
      assertEquals(then.toInstant(), Files.getLastModifiedTime(copy.orElseThrow()).toInstant());
    }
  }

  /// The JVM would refuse the caches of another copy, and say nothing.
  @Test
  void anotherCopyOfTheVectorApiHasNewCaches() throws Exception {
    warm("train");
    var first = caches();
    Files.setLastModifiedTime(
        jdk.resolve("release"), FileTime.from(Instant.now().plus(Duration.ofHours(1))));
    for (var cache : first) {
      Files.writeString(cache, "made with the copy before");
    }
    warm("train");
    assertEquals(first, caches());
    for (var cache : first) {
      assertFalse(Files.readString(cache).contains("before"), cache.toString());
    }
  }

  private List<Path> caches() throws IOException {
    try (var files = Files.list(house.resolve("app/target"))) {
      return files.filter(file -> file.toString().endsWith(".aot")).sorted().toList();
    }
  }

  @Test
  void jdkWithoutItsToolsAddsTheVectorModule() throws Exception {
    for (var tool : List.of("jar", "jimage")) {
      Files.delete(jdk.resolve("bin/" + tool));
      var outcome = warm("train");
      assertTrue(outcome.out().contains(MODULE + "\n"), outcome.out());
      assertFalse(outcome.out().contains("AOTCache"), outcome.out());
      assertFalse(outcome.out().contains(VECTORS), outcome.out());
      assertEquals("", outcome.err());
    }
  }

  @Test
  void cacheIsRecordedOnceAndAnewWithTheProgram() throws Exception {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        for argument; do
          case $argument in
            -XX:AOTCacheOutput=*) echo made >"${argument#*=}" && echo recorded >>recorded ;;
          esac
        done
        """);
    fader("train");
    awaitRecordings();
    fader("run");
    awaitRecordings();
    assertEquals("recorded\n", Files.readString(house.resolve("recorded")));
    Files.setLastModifiedTime(
        house.resolve("app/target/modules/fader-app.jar"),
        FileTime.from(Instant.now().plusSeconds(60)));
    assertEquals(PREPARING, fader("train").err());
    awaitRecordings();
    assertEquals("recorded\nrecorded\n", Files.readString(house.resolve("recorded")));
  }

  /// A `java` whose recording waits for the file `go`.
  private void slowRecording() throws IOException {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        for argument; do
          case $argument in
            -XX:AOTCacheOutput=*)
              : >begun
              while [ ! -e go ]; do sleep 0.01; done
              echo made >"${argument#*=}"
              echo recorded >>recorded
              exit
              ;;
          esac
        done
        printf '%s\\n' "$@"
        """);
  }

  @Test
  void noStartWaitsForTheRecordingOfAnother() throws Exception {
    slowRecording();
    assertEquals(BUILDING + PREPARING, fader("train").err());
    for (int i = 0; i < 2; i++) {
      var meanwhile = fader("run");
      assertEquals("", meanwhile.err());
      assertTrue(meanwhile.out().contains(MODULE + "\n"), meanwhile.out());
    }
    assertEquals(2, recordings().size(), recordings()::toString);
    Files.createFile(house.resolve("go"));
    awaitRecordings();
    assertTrue(fader("run").out().contains("-XX:AOTCache="));
    assertEquals("recorded\n", Files.readString(house.resolve("recorded")));
  }

  /// Its cache would be as new as the program, and be refused by the JVM.
  @Test
  void recordingOfAProgramThatWasBuiltMeanwhileIsMadeAnew() throws Exception {
    slowRecording();
    fader("train");
    while (!Files.exists(house.resolve("begun"))) {
      Thread.sleep(5);
    }
    var jar = house.resolve("app/target/modules/fader-app.jar");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
    Files.createFile(house.resolve("go"));
    awaitRecordings();
    assertEquals(PREPARING, fader("train").err());
    awaitRecordings();
    assertTrue(fader("train").out().contains("-XX:AOTCache="));
    assertEquals("recorded\nrecorded\n", Files.readString(house.resolve("recorded")));
  }

  /// As of a machine that was switched off.
  @Test
  void recordingThatNobodyEndsIsForgotten() throws Exception {
    fader("train");
    awaitRecordings();
    var cache = caches().getFirst();
    Files.delete(cache);
    var lock = Files.createDirectory(Path.of(cache + ".lock"));
    var half = Files.createDirectory(Path.of(cache + ".a1B2c3"));
    assertEquals("", fader("train").err());
    Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    assertEquals(PREPARING, fader("train").err());
    awaitRecordings();
    assertFalse(Files.exists(half));
    assertTrue(fader("train").out().contains("-XX:AOTCache="));
  }

  /// As by `kill -9`, which lets it tidy up nothing.
  @Test
  void recordingThatWasKilledIsBegunAnew() throws Exception {
    slowRecording();
    fader("train");
    while (!Files.exists(house.resolve("begun"))) {
      Thread.sleep(5);
    }
    var lock =
        recordings().stream().filter(name -> name.endsWith(".lock")).findFirst().orElseThrow();
    var recorder = house.resolve("app/target/" + lock + "/recorder");
    var id = Long.parseLong(Files.readString(recorder).strip());
    assertEquals("", fader("train").err(), "it is under way");
    var killed = ProcessHandle.of(id).orElseThrow();
    assertTrue(killed.destroyForcibly());
    while (killed.isAlive()) {
      Thread.sleep(5);
    }
    Files.createFile(house.resolve("go"));
    assertEquals(PREPARING, fader("train").err());
    awaitRecordings();
    assertTrue(fader("train").out().contains("-XX:AOTCache="));
  }

  @Test
  void whatMeasuresTheMachineIsNotDisturbed() throws Exception {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        case $* in
          *AOTCacheOutput*) echo recording >>order; exit 1 ;;
        esac
        sleep 0.3
        echo measured >>order
        """);
    fader("bench", "model");
    awaitRecordings();
    assertEquals("measured\nrecording\n", Files.readString(house.resolve("order")));
  }

  @Test
  void interruptsLeaveRecordingsAlone() throws Exception {
    slowRecording();
    var setsid = Path.of("/usr/bin/setsid");
    assumeTrue(Files.exists(setsid), "this system has no " + setsid);
    var script =
        "./fader train >out 2>&1; while [ ! -e begun ]; do sleep 0.01; done; trap '' INT HUP;"
            + " kill -INT 0; kill -HUP 0";
    var process =
        new ProcessBuilder(setsid.toString(), "sh", "-c", script).directory(house.toFile());
    process.environment().put("FADER_JAVA_HOME", jdk.toString());
    assertEquals(0, process.start().waitFor());
    assertEquals(2, recordings().size(), recordings()::toString);
    Files.createFile(house.resolve("go"));
    awaitRecordings();
    assertEquals("recorded\n", Files.readString(house.resolve("recorded")));
  }

  @Test
  void whatCannotBeRecordedIsTriedAgainTheNextDay() throws Exception {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        case $* in
          *AOTCacheOutput*) echo tried >>tried; exit 1 ;;
        esac
        printf '%s\\n' "$@"
        """);
    var first = fader("train").out();
    assertFalse(first.contains("AOTCache"), first);
    assertTrue(first.contains(MODULE + "\n"), first);
    awaitRecordings();
    var again = fader("train");
    assertEquals("", again.err());
    assertEquals(0, again.exit(), again.err());
    assertFalse(again.out().contains("AOTCache"), again.out());
    assertEquals("tried\n", Files.readString(house.resolve("tried")));
    age(2); // neither the jar nor its sources are newer then
    assertFalse(fader("train").out().contains("AOTCache"));
    awaitRecordings();
    assertEquals("tried\ntried\n", Files.readString(house.resolve("tried")));
  }

  private void age(int days) throws IOException {
    var then = FileTime.from(Instant.now().minus(Duration.ofDays(days)));
    try (var files = Files.walk(house)) {
      for (var file : files.toList()) {
        Files.setLastModifiedTime(file, then);
      }
    }
  }

  @Test
  void missingCacheIsNotAskedFor() throws Exception {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        case $* in
          *AOTCacheOutput*) rm -rf app/target; exit 0 ;;
        esac
        printf '%s\\n' "$@"
        """);
    var out = warm("train").out();
    assertFalse(out.contains("AOTCache"), out);
    assertTrue(out.contains(MAIN), out);
  }

  @Test
  void planMeasuresOnlyForDeviceThis() throws Exception {
    warm("train");
    for (var arguments :
        List.of(
            List.of("plan", "8b", "--device", "this"),
            List.of("plan", "--device", "This", "8b"),
            List.of("plan", "8b", "--device=THIS"))) {
      var out = fader(arguments.toArray(String[]::new)).out();
      assertTrue(out.contains(VECTORS), out);
    }
    for (var arguments :
        List.of(
            List.of("plan", "this"),
            List.of("plan", "models/this-one.gguf", "--device", "h100"),
            List.of("plan", "--device", "thistle"),
            List.of("plan", "--devices", "this"))) {
      var out = fader(arguments.toArray(String[]::new)).out();
      assertFalse(out.contains(VECTORS), out);
    }
  }

  @Test
  void utf8InAnyLocale() throws Exception {
    executable("jdk-25/bin/java", "#!/bin/sh\necho \"$LC_ALL\"\n");
    for (var setting :
        List.of(
            "LC_ALL=C",
            "LC_CTYPE=C",
            "LANG=C",
            "LC_ALL=de_DE.UTF-8",
            "LC_CTYPE=POSIX",
            "LANG=xx_YY.ISO-8859-1",
            "LC_ALL=",
            "LC_CTYPE=tr_TR")) {
      var parts = setting.split("=", 2);
      var environment = Map.of("FADER_JAVA_HOME", jdk.toString(), parts[0], parts[1]);
      assertEquals("C.UTF-8\n", run(environment, house, "./fader", "train").out(), setting);
    }
  }

  @Test
  void jvmWarningIsDroppedWithoutTerminal() throws Exception {
    executable(
        "jdk-25/bin/java",
        """
        #!/bin/sh
        echo 'Picked up JAVA_TOOL_OPTIONS: -Da=b' >&2
        echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2
        echo 'fader: no such file' >&2
        printf 'no newline' >&2
        exit 3
        """);
    var outcome = fader("train");
    assertEquals(3, outcome.exit());
    var rest = "Picked up JAVA_TOOL_OPTIONS: -Da=b\nfader: no such file\nno newline";
    assertEquals(BUILDING + PREPARING + rest, outcome.err());
    awaitRecordings();
    executable("jdk-25/bin/java", "#!/bin/sh\nprintf 'Error: no\\nJVM' >&2\nexit 1\n");
    outcome = fader("train");
    assertEquals(1, outcome.exit());
    assertEquals("Error: no\nJVM", outcome.err());
    executable(
        "jdk-25/bin/java",
        "#!/bin/sh\necho 'WARNING: Using incubator modules: jdk.incubator.vector' >&2\n");
    var nowhere = Map.of("FADER_JAVA_HOME", jdk.toString(), "TMPDIR", temporary + "/nowhere");
    assertEquals("", run(nowhere, house, "./fader", "train").err());
  }

  @Test
  void buildsWhenMissingOrStale() throws Exception {
    assertEquals(BUILDING + PREPARING, fader("train").err());
    awaitRecordings();
    assertEquals("", fader("train").err());
    Files.setLastModifiedTime(
        house.resolve("core/src/main/Source.java"), FileTime.from(Instant.now().plusSeconds(60)));
    assertEquals(BUILDING + PREPARING, fader("train").err());
  }

  @Test
  void failedBuildExits() throws Exception {
    executable("a house/mvnw", "#!/bin/sh\necho no network\nexit 1\n");
    var outcome = fader("train");
    assertEquals(1, outcome.exit());
    assertEquals("", outcome.out());
    assertEquals(
        BUILDING + "no network\nfader: the build failed, see above; ./mvnw verify tells more\n",
        outcome.err());
  }

  @Test
  void startsThroughSymbolicLinks() throws Exception {
    var elsewhere = Files.createDirectories(temporary.resolve("else/where"));
    Files.createSymbolicLink(temporary.resolve("else/absolute"), house.resolve("fader"));
    Files.createSymbolicLink(elsewhere.resolve("relative"), Path.of("../absolute"));
    var outcome = run(Map.of("FADER_JAVA_HOME", jdk.toString()), elsewhere, "./relative", "train");
    assertEquals(0, outcome.exit(), outcome.err());
    assertTrue(outcome.out().contains(house + "/app/target/modules\n"), outcome.out());
  }

  @Test
  void oldJdkByVariableIsRefused() throws Exception {
    var old = jdk("jdk-17", "17.0.15");
    var outcome = run(Map.of("FADER_JAVA_HOME", old.toString()), house, "./fader", "train");
    assertEquals(1, outcome.exit());
    assertEquals(
        "fader: FADER_JAVA_HOME=%s is no JDK 25 or later; point it at one or unset it\n"
            .formatted(old),
        outcome.err());
  }

  @Test
  void missingJdkIsOneLine() throws Exception {
    // No machine has a JDK 999, so that what is installed where the test runs does not matter.
    var outcome = findJdk(Map.of(), 999);
    assertEquals(1, outcome.exit());
    assertEquals("", outcome.out());
    assertEquals(
        "fader: no JDK 999 or later found; install one, for example from https://adoptium.net, "
            + "or set FADER_JAVA_HOME\n",
        outcome.err());
  }

  @Test
  void javaHomePrecedesPathAndSdkman() throws Exception {
    var future = jdk("sdkman/candidates/java/999-tem", "999.0.1");
    var onPath = jdk("jdk-998", "998");
    var link = Files.createDirectory(temporary.resolve("bin")).resolve("java");
    Files.createSymbolicLink(link, onPath.resolve("bin/java"));
    var path = link.getParent() + ":" + System.getenv("PATH");
    var sdkman = temporary.resolve("sdkman").toString();
    var everywhere = Map.of("SDKMAN_DIR", sdkman, "PATH", path, "JAVA_HOME", jdk.toString());
    assertEquals(jdk + "\n", findJdk(everywhere, 25).out());
    assertEquals(onPath + "\n", findJdk(everywhere, 998).out());
    assertEquals(future + "\n", findJdk(everywhere, 999).out());
  }

  private Outcome fader(String... arguments) throws Exception {
    var command = Stream.concat(Stream.of("./fader"), Stream.of(arguments)).toArray(String[]::new);
    return run(Map.of("FADER_JAVA_HOME", jdk.toString()), house, command);
  }

  private Outcome findJdk(Map<String, String> environment, int release) throws Exception {
    var script = ". .mvn/find-jdk.sh; find_jdk %d; echo \"$JAVA_HOME\"".formatted(release);
    return run(environment, house, "/bin/sh", "-euc", script);
  }

  private Outcome run(Map<String, String> environment, Path directory, String... command)
      throws Exception {
    // The launcher's pipe may still be writing when a java that does not wait for it is gone, and
    // Java's own pipes end with the process: a shell waits for the end of what is written.
    var files = temporary.resolve("run");
    var script = "{ \"$@\" >\"$0.out\"; echo $? >\"$0.exit\"; } 2>&1 | cat >\"$0.err\"";
    var shell = Stream.of("/bin/sh", "-c", script, files.toString());
    var builder =
        new ProcessBuilder(Stream.concat(shell, Stream.of(command)).toList())
            .directory(directory.toFile());
    builder.environment().keySet().removeAll(List.of("FADER_JAVA_HOME", "FADER_OPTS", "JAVA_HOME"));
    builder.environment().putAll(environment);
    var process = builder.start();
    assertEquals(0, process.waitFor());
    return new Outcome(
        Integer.parseInt(Files.readString(Path.of(files + ".exit")).strip()),
        Files.readString(Path.of(files + ".out")),
        Files.readString(Path.of(files + ".err")));
  }

  private Path jdk(String name, String version) throws IOException {
    executable(
        name + "/bin/java",
        """
        #!/bin/sh
        for argument; do
          case $argument in
            -XX:AOTCacheOutput=*) echo made >"${argument#*=}"; exit ;;
          esac
        done
        printf '%s\\n' "$@"
        """);
    executable(name + "/bin/javac", "#!/bin/sh\n");
    executable(
        name + "/bin/jimage",
        """
        #!/bin/sh
        while [ "$1" != --dir ]; do shift; done
        mkdir -p "$2/jdk.incubator.vector/jdk"
        """);
    executable(
        name + "/bin/jar",
        """
        #!/bin/sh
        while [ "$1" != --file ]; do shift; done
        echo classes >"$2"
        """);
    var home = temporary.resolve(name);
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private void executable(String name, String text) throws IOException {
    var file = temporary.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path repository() {
    var directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("fader"))) {
      directory = directory.getParent();
    }
    return directory;
  }
}
