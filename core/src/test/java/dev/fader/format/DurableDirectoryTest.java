package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DurableDirectoryTest {
  @TempDir Path parent;
  private Path target;

  @BeforeEach
  void place() {
    target = parent.resolve("step");
  }

  @Test
  void commitLeavesOnlyCompleteDirectory() throws IOException {
    write(target, "one");
    assertEquals(List.of("step"), names(parent));
    assertEquals(List.of("manifest.json", "model", "trainer"), names(target));
    assertEquals("one", Files.readString(target.resolve("trainer/state")));
    assertEquals(Optional.empty(), DurableDirectory.verify(target));
  }

  @Test
  void manifestMatchesSha256sum() throws IOException {
    try (var directory = DurableDirectory.create(target)) {
      directory.write("abc", FileContent.of("abc"));
      directory.commit();
    }
    // FIPS 180-4's example for SHA-256.
    assertEquals(
        """
        {
          "files" : [
            {
              "name" : "abc",
              "bytes" : 3,
              "sha256" : "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            }
          ]
        }
        """,
        Files.readString(target.resolve("manifest.json")));
  }

  @Test
  void commitReplacesOlder() throws IOException {
    write(target, "one");
    write(target, "two");
    assertEquals("two", Files.readString(target.resolve("model")));
    assertEquals(List.of("step"), names(parent));
  }

  @Test
  void closeWithoutCommitLeavesNothing() throws IOException {
    write(target, "one");
    try (var directory = DurableDirectory.create(target)) {
      directory.write("trainer/state", FileContent.of("two"));
    }
    assertEquals(List.of("step"), names(parent));
    assertEquals("one", Files.readString(target.resolve("model")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "../x", "/x", "a/../x", "a//b", "a\\b", "C:x", "manifest.json"})
  void nameOutsideDirectoryIsRefused(String name) throws IOException {
    try (var directory = DurableDirectory.create(target)) {
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> directory.write(name, FileContent.of("x")));
      assertEquals(
          "'" + name + "' cannot be a file of a directory with a manifest", refused.getMessage());
    }
  }

  @Test
  void existingFileIsRefused() throws IOException {
    Files.writeString(target, "a file");
    var refused =
        assertThrows(FileAlreadyExistsException.class, () -> DurableDirectory.create(target));
    assertEquals(target + ": it is not a directory", refused.getMessage());
  }

  @Test
  void verifyNamesDamage() throws IOException {
    write(target, "one");
    Path model = target.resolve("model");
    Files.writeString(model, "on");
    assertProblem(model + " is truncated: it has 2 bytes, and 3 were written");
    Files.writeString(model, "once");
    assertProblem(model + " is altered: it has 4 bytes, and 3 were written");
    Files.writeString(model, "onE");
    assertProblem(model + " is altered: its SHA-256 is not that of what was written");
    Files.delete(model);
    assertProblem(model + " is missing");
    Path manifest = target.resolve("manifest.json");
    Files.writeString(manifest, "{\"files\":7}");
    assertProblem(manifest + ": files: is missing, empty or no JSON array");
    Files.writeString(manifest, "{\"files\":[]}");
    assertProblem(manifest + ": files: is missing, empty or no JSON array");
    Files.writeString(manifest, "{\"files\":[{\"name\":\"../x\",\"bytes\":1,\"sha256\":\"\"}]}");
    assertProblem(
        manifest + ": files: holds '../x', which is not the name of a file in this directory");
    Files.writeString(manifest, "{\"files\":[7]}");
    assertProblem(manifest + ": files: holds an entry without name, bytes and sha256");
    Files.delete(manifest);
    assertProblem(target + " has no manifest.json: it was not finished or is not a checkpoint");
  }

  private void assertProblem(String problem) throws IOException {
    assertEquals(Optional.of(problem), DurableDirectory.verify(target));
  }

  @Test
  void alteredManifestByteIsDetectedOrHarmless() throws IOException {
    write(target, "one");
    Path manifest = target.resolve("manifest.json");
    byte[] whole = Files.readAllBytes(manifest);
    for (int i = 0; i < whole.length; i++) {
      byte[] altered = whole.clone();
      altered[i] ^= (byte) (1 << (i % 8));
      Files.write(manifest, altered);
      boolean harmless = Character.isWhitespace(whole[i]);
      assertTrue(harmless || DurableDirectory.verify(target).isPresent(), "byte " + i);
    }
  }

  @Test
  void recoverWithoutManifestKeepsOld() throws IOException {
    write(target, "one");
    Path staging = Files.createDirectory(parent.resolve(".step.01234567.new"));
    Files.writeString(staging.resolve("model"), "two");
    DurableDirectory.recover(target);
    assertOnly("one");
  }

  @Test
  void recoverBetweenRenamesTakesNew() throws IOException {
    write(target, "one");
    Files.move(target, parent.resolve(".step.01234567.old"));
    write(parent.resolve("other"), "two");
    Files.move(parent.resolve("other"), parent.resolve(".step.01234567.new"));
    DurableDirectory.recover(target);
    assertOnly("two");
  }

  @Test
  void recoverWithDamagedNewTakesOld() throws IOException {
    write(target, "one");
    Files.move(target, parent.resolve(".step.01234567.old"));
    write(parent.resolve("other"), "two");
    Files.delete(parent.resolve("other/model"));
    Files.move(parent.resolve("other"), parent.resolve(".step.01234567.new"));
    DurableDirectory.recover(target);
    assertOnly("one");
  }

  @Test
  void recoverWhileDeletingKeepsNew() throws IOException {
    write(target, "two");
    Path old = Files.createDirectory(parent.resolve(".step.01234567.old"));
    Files.writeString(old.resolve("model"), "one");
    DurableDirectory.recover(target);
    assertOnly("two");
  }

  @Test
  void recoverLeavesOtherSiblings() throws IOException {
    for (String name :
        List.of(".step.new", ".step2.01234567.new", "step.01234567.old", ".step.01234567.new.x")) {
      Files.createDirectory(parent.resolve(name));
    }
    write(target, "one");
    assertEquals(
        List.of(
            ".step.01234567.new.x",
            ".step.new",
            ".step2.01234567.new",
            "step",
            "step.01234567.old"),
        names(parent));
  }

  @Test
  void deletionDoesNotFollowLinks() throws IOException {
    Path precious = Files.createDirectory(parent.resolve("precious"));
    Files.writeString(precious.resolve("file"), "kept");
    write(target, "one");
    Files.createSymbolicLink(target.resolve("link"), precious);
    write(target, "two");
    assertEquals("kept", Files.readString(precious.resolve("file")));
    assertFalse(Files.exists(target.resolve("link")));
  }

  /// A process that replaces the directory again and again is killed at moments that the seed
  /// chooses; each time one whole version is there.
  @Test
  void killAtAnyTimeLeavesCompleteVersion() throws Exception {
    long seed = 20261122;
    var random = RandomGenerator.of("L64X128MixRandom");
    write(target, "one");
    for (int round = 0; round < 3; round++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xshare:auto",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  DurableDirectoryTest.class.getName(),
                  target.toString())
              .start();
      try {
        assertEquals('r', writer.getInputStream().read(), "the writer did not start");
        TimeUnit.MICROSECONDS.sleep(random.nextInt(100_000));
      } finally {
        writer.destroyForcibly().waitFor();
      }
      DurableDirectory.recover(target);
      assertEquals(Optional.empty(), DurableDirectory.verify(target), "seed " + seed);
      assertEquals(List.of("step"), names(parent), "seed " + seed);
      assertEquals(
          Files.readString(target.resolve("model")),
          Files.readString(target.resolve("trainer/state")),
          "seed " + seed);
    }
  }

  /// The process that is killed.
  static void main(String[] arguments) throws IOException {
    Path target = Path.of(arguments[0]);
    for (int version = 0; ; version++) {
      write(target, "version " + version);
      if (version == 0) {
        System.out.print('r');
        System.out.flush();
      }
    }
  }

  private void assertOnly(String version) throws IOException {
    assertEquals(List.of("step"), names(parent));
    assertEquals(Optional.empty(), DurableDirectory.verify(target));
    assertEquals(version, Files.readString(target.resolve("model")));
  }

  private static void write(Path target, String version) throws IOException {
    try (var directory = DurableDirectory.create(target)) {
      directory.write("model", FileContent.of(version));
      directory.write("trainer/state", FileContent.of(version));
      directory.commit();
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
