package dev.fader.serve.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fader.GenerationOptions;
import dev.fader.model.mix.CellValue;
import dev.fader.model.mix.Mix;
import dev.fader.serve.ServerFor;
import dev.fader.serve.SmallModel;
import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ServedModelsTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void learn() throws IOException {
    model = SmallModel.saved(folder.resolve("m"));
  }

  private static ServedModels models(int most, Optional<Duration> idle, String... names) {
    var served =
        List.of(names).stream().map(name -> new ServedModel(name, model, List.of())).toList();
    var policy = ServerFor.models(served.getFirst()).policy().withMost(most, idle);
    return new ServedModels(served, policy);
  }

  @Test
  void opensWhenAskedFor() throws InterruptedException {
    try (var models = models(2, Optional.empty(), "a", "b")) {
      var events = new CopyOnWriteArrayList<String>();
      models.listen(event -> events.add(event.model() + " " + event.status()));
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
      try (var lease = models.lease(Optional.of("a"))) {
        assertEquals("a", lease.name());
        assertEquals(SmallModel.TOKENS, lease.context());
        assertEquals(ModelStatus.LOADED, models.status("a"));
      }
      models.unload("a");
      assertEquals(List.of("a LOADING", "a LOADED", "a UNLOADED"), events);
    }
  }

  @Test
  void servesMoreWhileItRuns() throws InterruptedException {
    try (var models = models(2, Optional.empty(), "a")) {
      models.load("a");
      var b = new ServedModel("b", model, List.of());
      models.add(b);
      models.add(b); // which is there
      assertEquals(List.of("a", "b"), models.names());
      assertEquals(ModelStatus.UNLOADED, models.status("b"));
      try (var lease = models.lease(Optional.of("b"))) {
        assertEquals("b", lease.name());
      }
      assertEquals(ModelStatus.LOADED, models.status("a"));
      var other = b.with(Mix.NEUTRAL.with(new CellValue("w", 0, 0, 1)));
      assertEquals(
          "two models have the name b: give one another, as `name=path`",
          assertThrows(IllegalArgumentException.class, () -> models.add(other)).getMessage());
      for (int i = 2; i < ServedModels.MOST; i++) {
        models.add(new ServedModel("m" + i, model, List.of()));
      }
      assertEquals(
          "1000 models are served, and no more can be: start the server anew with those that are"
              + " needed",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> models.add(new ServedModel("c", model, List.of())))
              .getMessage());
    }
  }

  @Test
  void closesTheOneThatIsUsedLeast() throws InterruptedException {
    try (var models = models(2, Optional.empty(), "a", "b", "c")) {
      models.load("a");
      models.load("b");
      models.load("a");
      models.load("c");
      assertEquals(ModelStatus.LOADED, models.status("a"));
      assertEquals(ModelStatus.UNLOADED, models.status("b"));
      assertEquals(ModelStatus.LOADED, models.status("c"));
    }
  }

  @Test
  void closesWhatIsToStayOpenLast() throws InterruptedException {
    try (var models = models(2, Optional.empty(), "a", "b", "c")) {
      models.load("a");
      models.keep(models.find(Optional.of("a")), Optional.of(Duration.ofSeconds(-1)));
      models.load("b");
      models.load("c");
      assertEquals(ModelStatus.LOADED, models.status("a"));
      assertEquals(ModelStatus.UNLOADED, models.status("b"));
      models.keep(models.find(Optional.of("c")), Optional.of(Duration.ofSeconds(-1)));
      models.load("b");
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
      assertEquals(ModelStatus.LOADED, models.status("b"));
    }
  }

  /// All models have one memory, and who waits for nothing gives up its own.
  @Test
  void closesWhatNeedsTheMemory() throws InterruptedException {
    long one;
    try (var models = models(2, Optional.empty(), "a")) {
      models.load("a");
      one = models.memoryBytes();
    }
    assertTrue(one > 0);
    var served =
        List.of("a", "b").stream().map(name -> new ServedModel(name, model, List.of())).toList();
    var policy = ServerFor.models(served.getFirst()).policy().withMost(2, Optional.empty());
    var opening = policy.opening().withMemoryBytes(one + one / 2);
    try (var models = new ServedModels(served, policy.withOpening(opening))) {
      models.load("a");
      models.load("b");
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
      assertEquals(ModelStatus.LOADED, models.status("b"));
      assertEquals(one, models.memoryBytes());
      try (var _ = models.lease(Optional.of("b"))) {
        var full = assertThrows(ApiException.class, () -> models.load("a"));
        assertEquals(ApiException.Kind.UNAVAILABLE, full.kind());
        assertTrue(full.message().startsWith("out of memory: "), full.message());
      }
    }
  }

  /// A text does not wait for what nobody uses, which has no reason to end.
  @Test
  void closesWhatHasTheMemoryThatATextNeeds() throws Exception {
    long one;
    try (var models = models(2, Optional.empty(), "a")) {
      models.load("a");
      one = models.memoryBytes();
    }
    var served =
        List.of("a", "b").stream().map(name -> new ServedModel(name, model, List.of())).toList();
    var policy = ServerFor.models(served.getFirst()).policy().withMost(2, Optional.empty());
    long both = one + Math.max(one, served.getFirst().bytes());
    var opening = policy.opening().withMemoryBytes(both);
    try (var models = new ServedModels(served, policy.withOpening(opening))) {
      models.load("a");
      try (var lease = models.lease(Optional.of("b"))) {
        assertEquals(ModelStatus.LOADED, models.status("a"));
        var serving = lease.serving();
        var request = serving.request("the cat", GenerationOptions.OF_TEXT.withMaxTokens(20));
        var texts = serving.write(request).result().get(20, TimeUnit.SECONDS);
        assertEquals(1, texts.size());
        assertEquals(ModelStatus.UNLOADED, models.status("a"));
      }
    }
  }

  /// It is not refused for want of memory that is about to be given back.
  @Test
  void waitsForTheMemoryOfWhatIsBeingUnloaded() throws Exception {
    long one;
    try (var models = models(2, Optional.empty(), "a")) {
      models.load("a");
      one = models.memoryBytes();
    }
    var served =
        List.of("a", "b").stream().map(name -> new ServedModel(name, model, List.of())).toList();
    var policy = ServerFor.models(served.getFirst()).policy().withMost(2, Optional.empty());
    var opening = policy.opening().withMemoryBytes(one + one / 2);
    try (var models = new ServedModels(served, policy.withOpening(opening))) {
      for (int i = 0; i < 10; i++) {
        models.load("a");
        var unloaded =
            CompletableFuture.runAsync(() -> {
              try {
                models.unload("a");
              } catch (InterruptedException hurry) {
                throw new IllegalStateException(hurry);
              }
            });
        models.load("b");
        unloaded.get(30, TimeUnit.SECONDS);
        assertEquals(ModelStatus.LOADED, models.status("b"));
        assertEquals(one, models.memoryBytes());
      }
    }
  }

  /// Files that are larger than all memory are read where they lie.
  @Test
  void closesNothingForWhatNeverFits() throws Exception {
    var large = SmallModel.saved(folder.resolve("large"));
    var policy = ServerFor.models(ServedModel.of(model)).policy().withMost(2, Optional.empty());
    try (var file = new RandomAccessFile(large.resolve("notes.bin").toFile(), "rw")) {
      file.setLength(policy.opening().memoryBytes() + 1); // of which no byte is on the disk
    }
    var served =
        List.of(new ServedModel("a", model, List.of()), new ServedModel("large", large, List.of()));
    try (var models = new ServedModels(served, policy)) {
      models.load("a");
      models.load("large");
      assertEquals(ModelStatus.LOADED, models.status("a"));
      assertEquals(ModelStatus.LOADED, models.status("large"));
    }
  }

  /// What is computed at the end and does not stop is not waited for, and nobody hangs behind it.
  @Test
  void endsThoughSomethingIsComputed() throws Exception {
    var models = models(1, Optional.empty(), "a");
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    var served = models.find(Optional.of("a"));
    var open = OpenModel.open(served, ServerFor.models(served).policy());
    var computed =
        CompletableFuture.supplyAsync(() ->
            computed(
                open,
                () -> {
                  begun.countDown();
                  end.await();
                  return "computed";
                }));
    begun.await();
    var waiting = CompletableFuture.supplyAsync(() -> computed(open, () -> "waited"));
    Thread.sleep(50); // for it to be there
    open.close();
    var told = waiting.get(10, TimeUnit.SECONDS);
    assertEquals("the model is closed: try again in 5 s", told);
    assertEquals(told, computed(open, () -> "late"));
    end.countDown();
    computed.get(10, TimeUnit.SECONDS);
    models.close();
  }

  /// What waits for its turn is dropped in time, and when nobody waits for it, and makes room.
  @Test
  void computesForNobody() throws Exception {
    var served = new ServedModel("a", model, List.of());
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    try (var open = OpenModel.open(served, ServerFor.models(served).policy())) {
      var computed =
          CompletableFuture.supplyAsync(() ->
              computed(
                  open,
                  () -> {
                    begun.countDown();
                    end.await();
                    return "computed";
                  }));
      begun.await();
      var soon = Optional.of(Instant.now().plusMillis(5));
      var late = new OpenModel.Asker(soon, _ -> {});
      var gone = new OpenModel.Asker(Optional.empty(), Runnable::run);
      OpenModel.Work<String> never = _ -> fail("it is computed for nobody");
      for (int i = 0; i < 2 * open.policy().scheduling().waiting(); i++) {
        assertThrows(TimeoutException.class, () -> open.compute(never, late));
        assertThrows(ApiException.class, () -> open.compute(never, gone));
        Thread.currentThread().interrupt();
        assertThrows(
            InterruptedException.class,
            () -> open.compute(never, new OpenModel.Asker(Optional.empty(), _ -> {})));
      }
      end.countDown();
      assertEquals("computed", computed.get(10, TimeUnit.SECONDS));
      assertEquals("next", computed(open, () -> "next"));
    }
  }

  @Test
  void stopsWhatNobodyWaitsForAnyMore() throws Exception {
    var served = new ServedModel("a", model, List.of());
    var begun = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    try (var open = OpenModel.open(served, ServerFor.models(served).policy())) {
      OpenModel.Work<String> work =
          stop -> {
            begun.countDown();
            while (!stop.getAsBoolean()) {
              Thread.sleep(1);
            }
            stopped.countDown();
            throw new CancellationException();
          };
      var leaving =
          new OpenModel.Asker(
              Optional.empty(),
              leave ->
                  Thread.startVirtualThread(() -> {
                    awaited(begun);
                    leave.run();
                  }));
      assertThrows(ApiException.class, () -> open.compute(work, leaving));
      assertTrue(stopped.await(10, TimeUnit.SECONDS));
      assertEquals("next", computed(open, () -> "next"));
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException hurry) {
      throw new IllegalStateException(hurry);
    }
  }

  @Test
  void unloadsBesideAnOpening() throws Exception {
    try (var models = models(2, Optional.empty(), "a", "b")) {
      models.load("a");
      var opening = new CountDownLatch(1);
      var unloaded = new CountDownLatch(1);
      models.listen(event -> {
        if (event.model().equals("b") && event.status() == ModelStatus.LOADING) {
          opening.countDown();
          awaited(unloaded);
        }
      });
      var loaded =
          CompletableFuture.runAsync(() -> {
            try {
              models.load("b");
            } catch (InterruptedException hurry) {
              throw new IllegalStateException(hurry);
            }
          });
      awaited(opening);
      models.unload("a");
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
      assertEquals(ModelStatus.LOADING, models.status("b"));
      unloaded.countDown();
      loaded.get(30, TimeUnit.SECONDS);
      assertEquals(ModelStatus.LOADED, models.status("b"));
    }
  }

  private static String computed(OpenModel open, Callable<String> work) {
    try {
      return open.compute(_ -> work.call(), new OpenModel.Asker(Optional.empty(), _ -> {}));
    } catch (ApiException refused) {
      return refused.message();
    } catch (Exception failed) {
      return failed.toString();
    }
  }

  @Test
  void neverClosesOneThatIsInUse() throws Exception {
    try (var models = models(1, Optional.empty(), "a", "b")) {
      var lease = models.lease(Optional.of("a"));
      var other =
          CompletableFuture.runAsync(() -> {
            try {
              models.load("b");
            } catch (InterruptedException ended) {
              throw new AssertionError(ended);
            }
          });
      var refused = assertThrows(ApiException.class, () -> models.unload("a"));
      assertEquals("the model a is in use by 1 requests: try again later", refused.message());
      assertFalse(other.isDone());
      assertEquals(ModelStatus.LOADED, models.status("a"));
      lease.close();
      other.get(20, TimeUnit.SECONDS);
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
    }
  }

  @Test
  void closesWhatIsIdle() throws InterruptedException {
    try (var models = models(2, Optional.of(Duration.ofMillis(40)), "a")) {
      var states = new LinkedBlockingQueue<ModelStatus>();
      models.listen(event -> states.add(event.status()));
      models.load("a");
      assertEquals(ModelStatus.LOADING, states.poll(10, TimeUnit.SECONDS));
      assertEquals(ModelStatus.LOADED, states.poll(10, TimeUnit.SECONDS));
      assertEquals(ModelStatus.UNLOADED, states.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void keepsOneOpenAsItIsTold() throws InterruptedException {
    try (var models = models(2, Optional.of(Duration.ofMillis(40)), "a", "b")) {
      var closed = new LinkedBlockingQueue<String>();
      models.listen(event -> {
        if (event.status() == ModelStatus.UNLOADED) {
          closed.add(event.model());
        }
      });
      var a = models.find(Optional.of("a"));
      models.load("a");
      models.keep(a, Optional.of(Duration.ofSeconds(-1)));
      assertEquals(Optional.empty(), models.expires(a));
      models.load("b");
      assertEquals("b", closed.poll(10, TimeUnit.SECONDS));
      models.load("a"); // which is still open, unless its time had come before it was kept
      closed.clear();
      models.keep(a, Optional.of(Duration.ofHours(1)));
      assertTrue(models.expires(a).orElseThrow().isAfter(Instant.now().plusSeconds(3000)));
      try (var _ = models.lease(Optional.of("a"))) {
        models.keep(a, Optional.of(Duration.ZERO));
        assertEquals(ModelStatus.LOADED, models.status("a"), "while it is in use");
      }
      assertEquals("a", closed.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void toLookAtOneNeitherOpensNorKeepsIt() throws InterruptedException {
    try (var models = models(2, Optional.of(Duration.ofMillis(40)), "a")) {
      assertEquals(Optional.empty(), models.leaseIfOpen(Optional.empty()));
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
      models.load("a");
      while (true) { // or else the timeout of the test
        var looked = models.leaseIfOpen(Optional.of("a"));
        if (looked.isEmpty()) {
          break;
        }
        looked.get().close();
        Thread.sleep(Duration.ofMillis(2));
      }
    }
  }

  @Test
  void findsNames() {
    try (var models = models(1, Optional.empty(), "a")) {
      assertEquals("a", models.find(Optional.empty()).name());
      assertEquals("a", models.find(Optional.of("gpt-4o")).name());
    }
    try (var models = models(1, Optional.empty(), "a", "b")) {
      assertEquals("b", models.find(Optional.of("b:latest")).name());
      var missing = assertThrows(ApiException.class, () -> models.find(Optional.empty()));
      assertEquals("`model` is missing: name one of a, b", missing.message());
      var unknown =
          assertThrows(ApiException.class, () -> models.find(Optional.of("../../x\n<script>")));
      assertEquals("there is no model ../../x?<script>: ask for one of a, b", unknown.message());
      assertEquals(404, unknown.kind().status());
      assertEquals(Optional.of("model_not_found"), unknown.code());
    }
  }

  @Test
  void modelsAreOpenedAndClosedByTheirOwnNames() throws InterruptedException {
    try (var models = models(1, Optional.empty(), "a")) {
      for (var name : List.of("gpt-4o", "", "a:latest", "A", "a\n")) {
        var message = "there is no model %s: ask for one of a".formatted(name.replace('\n', '?'));
        for (var refused :
            List.of(
                assertThrows(ApiException.class, () -> models.load(name)),
                assertThrows(ApiException.class, () -> models.unload(name)))) {
          assertEquals(message, refused.message());
          assertEquals(404, refused.kind().status());
        }
      }
      assertEquals(ModelStatus.UNLOADED, models.status("a"));
    }
  }

  @Test
  void tellsWhyOneCannotBeOpened() throws InterruptedException {
    var none = new ServedModel("none", folder.resolve("none"), List.of());
    try (var models = new ServedModels(List.of(none), ServerFor.models(none).policy())) {
      var failed = assertThrows(ApiException.class, () -> models.load("none"));
      assertTrue(failed.message().startsWith("the model none cannot be opened: "));
      assertEquals(503, failed.kind().status());
      assertEquals(ModelStatus.FAILED, models.status("none"));
    }
  }

  @Test
  void namesAreNames() {
    for (var name : List.of("", "a b", "a\nb", "<b>", "a:b", "x".repeat(201), "../x")) {
      assertThrows(
          IllegalArgumentException.class, () -> new ServedModel(name, model, List.of()), name);
    }
    assertEquals("Qwen3-0.6B.Q4", ServedModel.of(Path.of("/x/Qwen3-0.6B.Q4.gguf")).name());
  }
}
