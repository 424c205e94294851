package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.FileContent;
import dev.fader.train.CheckpointStore.Retention;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

class CheckpointStoreTest {
  private static final Retention TWO = new Retention(2, OptionalLong.empty(), true);

  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  private CheckpointStore store() {
    return new CheckpointStore(out());
  }

  private static Map<String, FileContent> files(long step) {
    var files = new LinkedHashMap<String, FileContent>();
    files.put("config.json", FileContent.of("{\"step\": " + step + "}"));
    files.put("model.safetensors", FileContent.of("weights " + step));
    files.put("trainer/state.json", FileContent.of("state " + step));
    return files;
  }

  private List<String> names() throws IOException {
    try (var entries = Files.list(out().resolve("checkpoints"))) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private String weights() throws IOException {
    return Files.readString(out().resolve("model.safetensors"));
  }

  @Test
  void newestCheckpointIsPublished() throws IOException {
    store().save(7, files(7), TWO);
    Path saved = store().save(11, files(11), TWO);
    var found = store().newest();
    assertEquals(saved, found.directory());
    assertEquals(List.of(), found.skipped());
    assertEquals("weights 11", weights());
    assertFalse(Files.exists(out().resolve("trainer")));
    assertFalse(Files.exists(out().resolve("manifest.json")));
  }

  /// Names are the same where people write their numbers in other digits.
  @Test
  @ResourceLock(Resources.LOCALE)
  void namesAreIndependentOfLocale() throws IOException {
    var before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      store().save(7, files(7), TWO);
      assertEquals(List.of("step-00000007"), names());
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void newestAndBestAreKept() throws IOException {
    var retention = new Retention(2, OptionalLong.of(2), true);
    for (long step = 1; step <= 6; step++) {
      store().save(step, files(step), retention);
    }
    assertEquals(List.of("step-00000002", "step-00000005", "step-00000006"), names());
  }

  @Test
  void damagedCheckpointsAreSkippedAndNamed() throws IOException {
    store().save(1, files(1), TWO);
    Path altered = store().save(2, files(2), TWO);
    Path truncated = store().save(3, files(3), new Retention(3, OptionalLong.empty(), true));
    Path state = truncated.resolve("trainer/state.json");
    Files.writeString(state, "sta");
    // The output's name of the same file: altering one alters the other.
    Files.writeString(altered.resolve("model.safetensors"), "weights 9");
    var found = store().newest();
    assertEquals("step-00000001", found.directory().getFileName().toString());
    assertEquals(
        List.of(
            state + " is truncated: it has 3 bytes, and 7 were written",
            altered.resolve("model.safetensors")
                + " is altered: its SHA-256 is not that of what was written"),
        found.skipped());
  }

  @Test
  void resumeFromOlderReplacesDamaged() throws IOException {
    var one = new Retention(1, OptionalLong.empty(), true);
    store().save(1, files(1), TWO);
    Path broken = store().save(5, files(5), TWO);
    Files.delete(broken.resolve("manifest.json"));
    assertEquals("step-00000001", store().newest().directory().getFileName().toString());
    store().save(3, files(3), one);
    assertEquals(List.of("step-00000003"), names());
  }

  @Test
  void noCheckpointIsNamedWithRemedy() throws IOException {
    assertEquals(
        "there is no checkpoint in %s to resume from: leave out `resume` to begin".formatted(out()),
        assertThrows(TrainingException.class, () -> store().newest()).getMessage());
    Path saved = store().save(1, files(1), TWO);
    Files.delete(saved.resolve("config.json"));
    assertEquals(
        "no checkpoint in %s is whole: %s is missing"
            .formatted(out(), saved.resolve("config.json")),
        assertThrows(TrainingException.class, () -> store().newest()).getMessage());
  }

  @Test
  void existingOutputIsRefused() throws IOException {
    store().begin(false);
    Files.createDirectory(out());
    store().begin(false);
    store().save(1, files(1), TWO);
    assertEquals(
        "%s already exists: continue it (`resume`), replace it (`overwrite`) or choose another `output`"
            .formatted(out()),
        assertThrows(TrainingException.class, () -> store().begin(false)).getMessage());
    assertEquals("weights 1", weights());
    Files.writeString(out().resolve("notes.txt"), "mine");
    store().begin(true);
    assertEquals(List.of(), names());
    assertFalse(Files.exists(out().resolve("model.safetensors")));
    assertEquals("mine", Files.readString(out().resolve("notes.txt")));
  }

  @Test
  void outputThatIsFileIsRefused() throws IOException {
    Files.writeString(out(), "text");
    assertEquals(
        out() + " is not a directory: choose another `output` for the model",
        assertThrows(TrainingException.class, () -> store().begin(true)).getMessage());
  }

  /// What a disk says when it is full.
  private static final class Full extends IOException {
    private static final long serialVersionUID = 1L;

    Full() {
      super("No space left on device");
    }
  }

  private static FileContent full(int bytes) {
    return channel -> {
      channel.write(ByteBuffer.allocate(bytes));
      throw new Full();
    };
  }

  @Test
  void fullDiskKeepsPreviousCheckpoint() throws IOException {
    store().save(1, files(1), TWO);
    for (String name : files(2).keySet()) {
      var files = new LinkedHashMap<>(files(2));
      files.put(name, full(5));
      var failure = assertThrows(IOException.class, () -> store().save(2, files, TWO));
      assertTrue(failure.toString().contains("No space left on device"), failure::toString);
      assertEquals(List.of("step-00000001"), names());
      assertEquals("weights 1", weights());
    }
  }

  /// Copies what a process killed while it wrote would have left: the directory as it was when the
  /// bytes of the file had gone so far.
  @Test
  void killWhileWritingKeepsPreviousCheckpoint() throws IOException {
    var random = new Random(1);
    store().save(1, files(1), TWO);
    for (int kill = 0; kill < 20; kill++) {
      Path left = folder.resolve("left" + kill);
      int bytes = random.nextInt(9);
      var names = List.copyOf(files(2).keySet());
      var files = new LinkedHashMap<>(files(2));
      files.put(
          names.get(random.nextInt(names.size())),
          channel -> {
            channel.write(ByteBuffer.allocate(bytes));
            copy(out(), left);
            throw new Full();
          });
      assertThrows(IOException.class, () -> store().save(2, files, TWO));
      var store = new CheckpointStore(left);
      var found = store.newest();
      assertEquals("step-00000001", found.directory().getFileName().toString(), "kill " + kill);
      assertEquals(List.of(), found.skipped());
      try (var entries = Files.list(left.resolve("checkpoints"))) {
        assertEquals(1, entries.count(), "nothing half-written stays");
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }
}
