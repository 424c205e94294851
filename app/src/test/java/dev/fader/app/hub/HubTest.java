package dev.fader.app.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubTest {
  private static final ModelName NAME = ModelName.parse("owner/name");

  @TempDir private Path folder;
  private final HubServer server = new HubServer();
  private final byte[] weights = new byte[700_001];

  HubTest() {
    var random = new SplittableRandom(7);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) random.nextInt();
    }
    server
        .with("README.md", "words")
        .with("config.json", "{\"a\":1}")
        .with("model.safetensors", weights)
        .with("onnx/model.onnx", "no")
        .with("pytorch_model.bin", "no")
        .with("tokenizer.json", "{}");
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Hub hub(Optional<String> token, boolean offline) {
    return new Hub(new HubConfig(folder, server.endpoint(), token, offline));
  }

  private Hub.Pulled pull(String name) throws IOException {
    return hub(Optional.empty(), false).pull(ModelName.parse(name), Hub.MAIN, (a, b, file) -> {});
  }

  private String failure(String name) {
    return String.valueOf(assertThrows(IOException.class, () -> pull(name)).getMessage());
  }

  private Path blob(byte[] content) {
    return folder.resolve("models--owner--name/blobs").resolve(HubServer.sha256(content));
  }

  @Test
  void cacheLayoutIsThatOfHuggingFace() throws IOException {
    var steps = new ArrayList<Long>();
    var pulled =
        hub(Optional.empty(), false)
            .pull(NAME, Hub.MAIN, (arrived, bytes, file) -> steps.add(arrived));
    assertEquals(List.of("config.json", "model.safetensors", "tokenizer.json"), pulled.files());
    assertEquals(HubServer.COMMIT, pulled.commit());
    assertEquals(weights.length + 9, pulled.bytes());
    assertEquals(weights.length + 9, pulled.fetched());
    assertEquals(steps.stream().sorted().toList(), steps, "progress never goes back");
    assertEquals(pulled.bytes(), steps.getLast());

    var model = folder.resolve("models--owner--name");
    assertEquals(HubServer.COMMIT, Files.readString(model.resolve("refs/main")));
    var snapshot = model.resolve("snapshots").resolve(HubServer.COMMIT);
    assertEquals(snapshot, pulled.path());
    var link = snapshot.resolve("model.safetensors");
    assertEquals(Path.of("../../blobs/" + HubServer.sha256(weights)), Files.readSymbolicLink(link));
    assertArrayEquals(weights, Files.readAllBytes(link));
    assertEquals(
        Path.of("../../blobs/" + HubServer.gitSha1("{}".getBytes())),
        Files.readSymbolicLink(snapshot.resolve("tokenizer.json")));
    try (var blobs = Files.list(model.resolve("blobs"))) {
      assertEquals(3, blobs.count(), "nothing unfinished is left");
    }
    assertEquals(Optional.of(snapshot), hub(Optional.empty(), true).find(NAME, Hub.MAIN));
  }

  @Test
  void whatIsCachedIsListed() throws IOException {
    assertEquals(List.of(), hub(Optional.empty(), true).cached());
    Files.createDirectories(folder.resolve("models--a--b--c/snapshots"));
    Files.createDirectories(folder.resolve("models--..--x"));
    Files.createDirectories(folder.resolve("models--owner--other/snapshots"));
    var pulled = pull("owner/name");
    server.with("m-Q8_0.gguf", weights).with("m-big-00002-of-00002.gguf", "2");
    server.with("m-big-00001-of-00002.gguf", "1").with("mmproj-m.gguf", "no");
    pull("owner/name:m-Q8_0.gguf");
    pull("owner/name:m-big-00001-of-00002.gguf");
    var cached = hub(Optional.empty(), true).cached();
    assertEquals(
        List.of("owner/name", "owner/name:m-Q8_0.gguf", "owner/name:m-big-00001-of-00002.gguf"),
        cached.stream().map(model -> model.name().toString()).toList());
    assertEquals(pulled.path(), cached.get(0).path());
    assertEquals(pulled.files(), cached.get(0).files());
    assertEquals(pulled.bytes(), cached.get(0).bytes());
    assertEquals(weights.length, cached.get(1).bytes());
    assertEquals(
        List.of("m-big-00001-of-00002.gguf", "m-big-00002-of-00002.gguf"), cached.get(2).files());
    assertTrue(hub(Optional.empty(), true).freeBytes() > 0);
  }

  @Test
  void cachedFilesAreNotFetchedAgain() throws IOException {
    pull("owner/name");
    server.requests.clear();
    assertEquals(0, pull("owner/name").fetched());
    assertTrue(server.requests.stream().noneMatch(r -> r.contains("/resolve/")));
    // A link may be missing where another revision has the same content.
    Files.delete(pull("owner/name").path().resolve("config.json"));
    assertEquals(0, pull("owner/name").fetched());
    assertTrue(Files.exists(pull("owner/name").path().resolve("config.json")));
  }

  @Test
  void brokenConnectionsAreResumed() throws IOException {
    server.breakAfter = 300_000;
    pull("owner/name");
    assertArrayEquals(weights, Files.readAllBytes(blob(weights)));
    var ranges =
        server.requests.stream()
            .filter(r -> r.startsWith("delivery"))
            .map(r -> r.replaceAll(".*range=(\\S+).*", "$1"))
            .toList();
    assertEquals("null", ranges.getFirst());
    assertTrue(ranges.size() > 1 && ranges.get(1).startsWith("bytes="), ranges.toString());
  }

  @Test
  void partialFilesAreResumed() throws IOException {
    var incomplete = blob(weights).resolveSibling(HubServer.sha256(weights) + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, Arrays.copyOf(weights, 500_000));
    pull("owner/name");
    assertArrayEquals(weights, Files.readAllBytes(blob(weights)));
    assertTrue(
        server.requests.stream()
            .anyMatch(r -> r.startsWith("delivery") && r.contains("range=bytes=500000-")));
    assertFalse(Files.exists(incomplete));
  }

  @Test
  void stalledConnectionIsClosed() throws IOException {
    server.stallAfter = 400_000;
    var config = new HubConfig(folder, server.endpoint(), Optional.empty(), false);
    var hub = new Hub(config, Duration.ofMillis(500));
    hub.pull(NAME, Hub.MAIN, (a, b, file) -> {});
    assertArrayEquals(weights, Files.readAllBytes(blob(weights)));
    var ranges = server.requests.stream().filter(r -> r.startsWith("delivery")).toList();
    assertEquals(2, ranges.size(), ranges.toString());
    assertTrue(ranges.get(1).contains("range=bytes="), ranges.toString());
  }

  @Test
  void expiredUrlIsRequestedAgain() throws IOException {
    server.deliveryRefusals = 2;
    pull("owner/name");
    assertArrayEquals(weights, Files.readAllBytes(blob(weights)));
  }

  @Test
  void fullDiskIsReported() throws IOException {
    var full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "this system has no full device");
    var incomplete = blob(weights).resolveSibling(HubServer.sha256(weights) + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.createSymbolicLink(incomplete, full);
    assertEquals(
        "owner/name: 'model.safetensors' cannot be written to the cache: No space left on device:"
            + " make room, or set HF_HUB_CACHE",
        failure("owner/name"));
    assertEquals(
        1, server.requests.stream().filter(r -> r.startsWith("delivery")).count(), "asked once");
  }

  @Test
  void lockedDownloadIsRefused() throws IOException {
    var incomplete = blob(weights).resolveSibling(HubServer.sha256(weights) + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    try (var channel =
            FileChannel.open(incomplete, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      assertEquals(
          "owner/name: 'model.safetensors' is being fetched by another program: wait for it",
          failure("owner/name"));
    }
    assertEquals(3, pull("owner/name").files().size());
  }

  @Test
  void unreachableHubIsNamed() {
    var endpoint = server.endpoint();
    server.close();
    assertEquals(
        endpoint.getAuthority()
            + " cannot be reached: connection refused; check the network, or HF_ENDPOINT",
        failure("owner/name"));
  }

  @Test
  void serverWithoutRangesRestarts() throws IOException {
    server.ignoresRanges = true;
    var incomplete = blob(weights).resolveSibling(HubServer.sha256(weights) + ".incomplete");
    Files.createDirectories(incomplete.getParent());
    Files.write(incomplete, new byte[500_000]);
    pull("owner/name");
    assertArrayEquals(weights, Files.readAllBytes(blob(weights)));
  }

  @Test
  void wrongChecksumIsRefused() throws IOException {
    server.corrupt = true;
    assertEquals(
        "owner/name: 'config.json' arrived with another checksum than the hub gave: try again",
        failure("owner/name"));
    assertFalse(Files.exists(folder.resolve("models--owner--name/refs")));
    server.corrupt = false;
    assertEquals(3, pull("owner/name").files().size(), "and what was wrong is forgotten");
  }

  @Test
  void tokenIsSentToTheHubOnly() throws IOException {
    server.token = "hf_secret";
    hub(Optional.of("hf_secret"), false).pull(NAME, Hub.MAIN, (a, b, file) -> {});
    boolean delivered = false;
    for (var request : server.requests) {
      boolean hub = request.startsWith("hub");
      assertEquals(hub, request.endsWith("token=Bearer hf_secret"), request);
      delivered |= !hub;
    }
    assertTrue(delivered, "large files come from another address");
  }

  @Test
  void renamedModelsAreRedirected() throws IOException {
    assertEquals(3, pull("old/name").files().size());
    assertTrue(Files.isDirectory(folder.resolve("models--old--name")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401 | RepoNotFound | owner/name does not exist, or is private or gated (401): check the name, or set HF_TOKEN",
        "401 | GatedRepo | owner/name is a gated model (401): accept its terms at HUB/owner/name, then set HF_TOKEN",
        "403 | | owner/name is a gated model (403): accept its terms at HUB/owner/name, then set HF_TOKEN",
        "404 | RepoNotFound | owner/name is not on 127.0.0.1 (404): check the name",
        "404 | RevisionNotFound | owner/name has no such revision (404): see HUB/owner/name/tree/main",
        "500 | | owner/name: 127.0.0.1 answers 500: try again later",
      })
  void refusalsAreOneLine(int status, String code, String line) {
    server.refusal = status;
    server.errorCode = code == null ? "" : code;
    assertEquals(line.replace("HUB", server.endpoint().toString()), failure("owner/name"));
    assertFalse(Files.exists(folder.resolve("models--owner--name")));
  }

  @Test
  void invalidTokenIsReported() {
    server.token = "hf_secret";
    var error =
        assertThrows(
            HubException.class,
            () -> hub(Optional.of("hf_other"), false).pull(NAME, Hub.MAIN, (a, b, f) -> {}));
    assertEquals(
        "owner/name: the hub rejects the access token (401): set a valid HF_TOKEN",
        error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil.json", "/etc/passwd.json", "a/../../b.json", "a\\\\b.json", ""})
  void pathTraversalIsRefused(String path) {
    server.listing("config.json", path);
    assertTrue(failure("owner/name").contains("which leads out of its folder"));
    assertFalse(Files.exists(folder.resolve("models--owner--name")));
  }

  @Test
  void offlineSendsNoRequest() throws IOException {
    var offline = hub(Optional.empty(), true);
    var error =
        assertThrows(HubException.class, () -> offline.pull(NAME, Hub.MAIN, (a, b, f) -> {}));
    assertEquals(
        "owner/name is not in " + folder + ", and HF_HUB_OFFLINE forbids to ask the hub",
        error.getMessage());
    assertEquals(List.of(), server.requests);
    pull("owner/name");
    server.requests.clear();
    var pulled = offline.pull(NAME, Hub.MAIN, (a, b, f) -> {});
    assertEquals(HubServer.COMMIT, pulled.commit());
    assertEquals(weights.length + 9, pulled.bytes());
    assertEquals(List.of(), server.requests);
  }

  @Test
  void ggufFilesAreChosenByQuantisation() throws IOException {
    try (var other = new HubServer()) {
      for (var file :
          List.of(
              "m-Q2_K.gguf",
              "m-Q2_K_L.gguf",
              "m-Q4_K_M.gguf",
              "Q8_0/m-Q8_0-00001-of-00002.gguf",
              "Q8_0/m-Q8_0-00002-of-00002.gguf",
              "mmproj-m.gguf")) {
        other.with(file, "GGUF " + file);
      }
      var hub = new Hub(new HubConfig(folder, other.endpoint(), Optional.empty(), false));
      assertEquals(List.of("m-Q4_K_M.gguf"), hub.pull(NAME, Hub.MAIN, (a, b, f) -> {}).files());
      var eight = hub.pull(ModelName.parse("owner/name:q8_0"), Hub.MAIN, (a, b, f) -> {});
      assertEquals(2, eight.files().size());
      assertEquals("GGUF Q8_0/m-Q8_0-00001-of-00002.gguf", Files.readString(eight.path()));
      assertEquals(
          Optional.of(eight.path()), hub.find(ModelName.parse("owner/name:Q8_0"), Hub.MAIN));
      assertEquals(
          List.of("m-Q2_K.gguf"),
          hub.pull(ModelName.parse("owner/name:Q2_K"), Hub.MAIN, (a, b, f) -> {}).files());
      assertEquals(
          List.of("m-Q4_K_M.gguf"),
          hub.pull(ModelName.parse("owner/name:Q4_K"), Hub.MAIN, (a, b, f) -> {}).files());
      assertEquals(
          List.of("m-Q2_K.gguf"),
          hub.pull(ModelName.parse("owner/name:m-Q2_K.gguf"), Hub.MAIN, (a, b, f) -> {}).files());
      var error =
          assertThrows(
              HubException.class,
              () -> hub.pull(ModelName.parse("owner/name:Q3_K"), Hub.MAIN, (a, b, f) -> {}));
      assertTrue(
          error.getMessage().startsWith("owner/name: it has no file or quantisation 'Q3_K'; there"),
          error.getMessage());
    }
  }

  @Test
  void onlyPythonWeightsAreRefused() {
    try (var other = new HubServer()) {
      other.with("pytorch_model.bin", "pickle").with("config.json", "{}");
      var hub = new Hub(new HubConfig(folder, other.endpoint(), Optional.empty(), false));
      var error = assertThrows(HubException.class, () -> hub.pull(NAME, Hub.MAIN, (a, b, f) -> {}));
      assertEquals(
          "owner/name: it has only PyTorch pickles, which may run code: look for a model"
              + " with safetensors",
          error.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name",
        "a/b/c",
        "../x",
        "a/..",
        "a/b--c",
        ".a/b",
        "a/b:",
        "a/b:../x",
        "a/b:/x",
        "a /b",
        "a/b\n",
        "/b",
        "a/"
      })
  void namesThatAreNoneAreRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> ModelName.parse(name));
    assertFalse(ModelName.isLike(name));
  }

  @Test
  void namesAreRead() {
    var name = ModelName.parse("TheOwner/Model-1.5_x:Q4_K_M");
    assertEquals("TheOwner/Model-1.5_x", name.repository());
    assertEquals(Optional.of("Q4_K_M"), name.selection());
    assertEquals("models--TheOwner--Model-1.5_x", name.folder());
  }
}
