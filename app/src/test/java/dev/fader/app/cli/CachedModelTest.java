package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Models that are named as the hub names them, in the cache that the environment names.
@DisabledOnOs(OS.WINDOWS) // where links need rights
class CachedModelTest {
  private static final Path MODEL = CommandLineRun.golden("models/llama");

  /// A model as `pull` leaves it: links to blobs, and the commit that `main` was.
  @BeforeAll
  static void fetch() throws IOException {
    var cache = Optional.ofNullable(System.getenv("HF_HUB_CACHE")).map(Path::of);
    assumeFalse(cache.isEmpty(), "HF_HUB_CACHE is not set: Maven sets it");
    var commit = "0123456789abcdef0123456789abcdef01234567";
    var model = cache.orElseThrow().resolve("models--owner--name");
    if (Files.exists(model.resolve("refs/main"))) {
      return; // from the run before
    }
    var snapshot = Files.createDirectories(model.resolve("snapshots").resolve(commit));
    Files.createDirectories(model.resolve("blobs"));
    for (var name : List.of("config.json", "model.safetensors")) {
      Files.copy(MODEL.resolve(name), model.resolve("blobs").resolve(name));
      Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", name));
    }
    Files.createDirectories(model.resolve("refs"));
    Files.writeString(model.resolve("refs/main"), commit);
  }

  @Test
  void isCountedUnderItsName() {
    var counted = CommandLineRun.ofLine("params owner/name --json");
    assertEquals("", counted.err());
    var model = JsonMapper.shared().readTree(counted.out()).path("models").path(0);
    assertEquals("owner/name", model.path("name").asString());
    assertEquals(141_760, model.path("stored").asInt());
  }

  @Test
  void predictsAsItsDirectoryDoes() {
    var fetched = CommandLineRun.ofLine("predict owner/name --ids 1,2 --top 3");
    assertEquals(0, fetched.exit(), fetched.err());
    assertEquals(CommandLineRun.ofLine("predict %s --ids 1,2 --top 3", MODEL).out(), fetched.out());
  }

  @Test
  void unknownOneSaysHowToFetchIt() {
    CommandLineRun.ofLine("predict owner/other --ids 1")
        .expect(
            1,
            "owner/other: no such file or directory, and no model that was fetched: fader pull"
                + " owner/other");
  }

  @Test
  void trainingStartsFromIt(@TempDir Path folder) throws IOException {
    var ids = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":[1,2,3]}\n".repeat(200));
    var planned =
        CommandLineRun.ofLine(
            "train --data %s --init owner/name --out %s --steps 1 --context 16 --dry-run --json",
            ids, folder.resolve("out"));
    assertEquals(0, planned.exit(), planned.err());
    assertEquals(141_760, JsonMapper.shared().readTree(planned.out()).path("parameters").asInt());
  }
}
