package dev.fader.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.Continuation;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.NgramDrafter;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.SessionPool;
import dev.fader.generate.TokenLikelihood;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarException;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.KeyValuePages;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that share passes, memory and prompts get the texts that they get alone, to the bit.
@Timeout(120)
class SchedulerTest {
  private static final int SEED = 20261129;
  private static final int CONTEXT = 1024; // more than the golden models were made with

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Random random = new Random(SEED);
  @TempDir private Path folder;

  @BeforeEach
  void saySeed() {
    System.out.println("seed " + SEED);
  }

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
    assertEquals(0, memory.bytes());
  }

  /// A golden model with a longer context.
  private LoadedModel open(String name) throws IOException {
    var url = Objects.requireNonNull(SchedulerTest.class.getResource("/golden/models/" + name));
    try (var files = Files.list(Path.of(url.toURI()))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
    var config = folder.resolve("config.json");
    var text = Files.readString(config);
    var longer =
        text.replaceAll(
            "\"max_position_embeddings\": \\d+", "\"max_position_embeddings\": " + CONTEXT);
    assertFalse(longer.equals(text), text);
    Files.writeString(config, longer);
    return LoadedModel.open(folder, memory);
  }

  private SessionPool pool(LoadedModel model, KeyValueLimits limits) {
    return new SessionPool(model.decoder(), kernels, memory, limits);
  }

  private int[] text(LoadedModel model, int length) {
    return random.ints(length, 0, model.config().vocabularySize()).toArray();
  }

  private static GenerationSettings settings(int tokens, int seed) {
    return new GenerationSettings(
        tokens, List.of(), List.of(), SamplerSettings.DEFAULTS.withSeed(seed));
  }

  /// What one request gets without a scheduler.
  private static List<TokenLikelihood> alone(SessionPool pool, GenerationRequest request) {
    var prompt = request.prompt();
    int most = prompt.length + request.settings().maxTokens();
    try (var session = pool.open(Math.min(CONTEXT, most))) {
      int draftTokens = request.texts().draftTokens();
      var means =
          new Continuation.Means(
              Optional.empty(),
              request.settings(),
              Optional.empty(),
              draftTokens == 0 ? Optional.empty() : Optional.of(new NgramDrafter(draftTokens)));
      var continuation =
          new Continuation(
              session,
              means,
              prompt,
              new Continuation.Listening(piece -> {}, () -> false, 2, false));
      continuation.begin(session.read(prompt));
      while (continuation.take().isEmpty()) {
        continuation.read();
      }
      return continuation.likelihoods();
    }
  }

  /// All events of a request, by text.
  private static List<List<TokenLikelihood>> read(GenerationStream stream, int texts)
      throws InterruptedException {
    var found = new ArrayList<List<TokenLikelihood>>();
    for (int i = 0; i < texts; i++) {
      found.add(new ArrayList<>());
    }
    for (var event = stream.next(); event.isPresent(); event = stream.next()) {
      switch (event.get()) {
        case GenerationEvent.Written(var number, var ids, var text, var likelihoods, var _) -> {
          assertEquals(ids, likelihoods.stream().map(TokenLikelihood::id).toList());
          found.get(number).addAll(likelihoods);
        }
        case GenerationEvent.Ended(var number, var generation) ->
            assertEquals(
                generation.ids(), found.get(number).stream().map(TokenLikelihood::id).toList());
        case GenerationEvent.PromptProgress _, GenerationEvent.PromptRead _ -> {}
        case GenerationEvent.Failed(var cause) -> throw new AssertionError(cause);
      }
    }
    return found;
  }

  private List<GenerationRequest> requests(LoadedModel model) {
    var requests = new ArrayList<GenerationRequest>();
    int number = 0;
    for (int length : new int[] {1, 7, 16, 17, 33, 100, 255, 256, 257, 272, 273, 300, 530, 13}) {
      var prompt = text(model, length);
      if (number % 3 == 2) { // so that there is something to look up
        Arrays.fill(prompt, length / 2, length, prompt[0]);
      }
      var request = new GenerationRequest(prompt, settings(5 + 3 * (number % 5), number));
      int drafted = number % 3 == 2 ? 5 : 0;
      requests.add(request.with(new Texts(1, List.of(), 2, drafted)));
      number++;
    }
    return requests;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gemma2", "mistral-sliding"})
  void everyTextHasTheBitsThatItHasAlone(String name) throws Exception {
    try (var model = open(name)) {
      var requests = requests(model);
      var expected = new ArrayList<List<TokenLikelihood>>();
      try (var pool = pool(model, KeyValueLimits.DEFAULTS)) {
        requests.forEach(request -> expected.add(alone(pool, request)));
      }
      var limits = KeyValueLimits.DEFAULTS.withRememberedBytes(1 << 20);
      for (int rows : new int[] {17, 64, 256}) {
        try (var pool = pool(model, limits);
            var scheduler =
                new Scheduler(pool, Optional.empty(), new SchedulerLimits(5, 100, rows))) {
          var streams = new ArrayList<GenerationStream>();
          for (var request : requests) {
            streams.add(scheduler.submit(request));
            Thread.sleep(random.nextInt(4));
          }
          for (int i = 0; i < streams.size(); i++) {
            var what = "%s, request %d, %d rows of prompts".formatted(name, i, rows);
            assertEquals(List.of(expected.get(i)), read(streams.get(i), 1), what);
          }
        }
      }
    }
  }

  /// An adapter acts from its last invocation in the prompt on, which a piece of it does not show.
  @Test
  void adaptersAreInvokedByWholePrompts() throws Exception {
    var adapter = AdapterSource.of(Golden.directory("adapters/alora"));
    try (var base = open("llama");
        var model = base.with(List.of(adapter), kernels)) {
      var requests = new ArrayList<GenerationRequest>();
      for (int length : new int[] {33, 100, 300}) {
        var prompt = text(model, length);
        for (int at : new int[] {3, length / 2}) {
          prompt[at] = 246;
          prompt[at + 1] = 105;
        }
        var request = new GenerationRequest(prompt, settings(40, length));
        requests.add(request.with(new Texts(1, List.of(), 2, 0)));
      }
      var expected = new ArrayList<List<TokenLikelihood>>();
      try (var pool = pool(model, KeyValueLimits.DEFAULTS)) {
        requests.forEach(request -> expected.add(alone(pool, request)));
      }
      long bytes = new KeyValuePages(model.config(), DType.FLOAT16).bytes(400);
      try (var pool = pool(model, KeyValueLimits.DEFAULTS.withBytes(bytes));
          var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(5, 9, 17))) {
        var streams = requests.stream().map(scheduler::submit).toList();
        for (int i = 0; i < streams.size(); i++) {
          assertEquals(List.of(expected.get(i)), read(streams.get(i), 1), "request " + i);
        }
        assertTrue(scheduler.drain(Duration.ofSeconds(10)));
        assertTrue(scheduler.state().putBack() > 0, "nothing was put back");
      }
    }
  }

  /// Room for the longest text and little more: those that came last are put back, and read again.
  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral-sliding"})
  void memoryThatIsFullChangesNoText(String name) throws Exception {
    try (var model = open(name)) {
      var requests = new ArrayList<GenerationRequest>();
      for (int i = 0; i < 4; i++) {
        var request = new GenerationRequest(text(model, 20 + 50 * i), settings(90, i));
        requests.add(request.with(new Texts(1, List.of(), 2, 0)));
      }
      var expected = new ArrayList<List<TokenLikelihood>>();
      try (var pool = pool(model, KeyValueLimits.DEFAULTS)) {
        requests.forEach(request -> expected.add(alone(pool, request)));
      }
      long bytes = new KeyValuePages(model.config(), DType.FLOAT16).bytes(270);
      for (long remembered : new long[] {0, bytes}) {
        var limits = KeyValueLimits.DEFAULTS.withBytes(bytes).withRememberedBytes(remembered);
        try (var pool = pool(model, limits);
            var scheduler = new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS)) {
          var streams = requests.stream().map(scheduler::submit).toList();
          for (int i = 0; i < streams.size(); i++) {
            assertEquals(List.of(expected.get(i)), read(streams.get(i), 1), "request " + i);
          }
          assertTrue(scheduler.drain(Duration.ofSeconds(10)));
          assertTrue(scheduler.state().putBack() > 0, "nothing was put back");
          assertEquals(4, scheduler.state().requests());
        }
      }
    }
  }

  @Test
  void aTextThatDoesNotFitAloneFailsAlone() throws Exception {
    try (var model = open("llama")) {
      long bytes = new KeyValuePages(model.config(), DType.FLOAT16).bytes(200);
      var small = new GenerationRequest(text(model, 20), settings(100, 1));
      var large = new GenerationRequest(text(model, 300), settings(5, 1));
      try (var pool = pool(model, KeyValueLimits.DEFAULTS.withBytes(bytes));
          var scheduler = new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS)) {
        var first = scheduler.submit(small);
        var second = scheduler.submit(large);
        assertEquals(100, first.result().get().getFirst().ids().size());
        var failed = assertThrows(ExecutionException.class, () -> second.result().get());
        assertInstanceOf(OutOfTensorMemory.class, failed.getCause());
        var after = scheduler.submit(small);
        assertEquals(first.result().get().getFirst().ids(), after.result().get().getFirst().ids());
      }
    }
  }

  /// Embeddings are computed beside the texts, in the same memory.
  @Test
  @SuppressWarnings("try") // what others have is closed early
  void aTextAloneWaitsForMemoryThatOthersHave() throws Exception {
    var limited = TensorMemory.within(memory, 64 << 20);
    try (var model = open("llama");
        var pool = new SessionPool(model.decoder(), kernels, limited, KeyValueLimits.DEFAULTS)) {
      var request = new GenerationRequest(text(model, 100), settings(50, 1));
      var others = new AtomicBoolean(true);
      try (var scheduler =
          new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS, others::get)) {
        GenerationStream waiting;
        try (var their = limited.open("embeddings")) {
          their.floats(Math.toIntExact((limited.limit() - limited.bytes() - 100) / Float.BYTES));
          waiting = scheduler.submit(request);
          var result = waiting.result();
          assertThrows(TimeoutException.class, () -> result.get(50, TimeUnit.MILLISECONDS));
        }
        others.set(false);
        var ids = waiting.result().get(30, TimeUnit.SECONDS).getFirst().ids();
        assertEquals(scheduler.submit(request).result().get().getFirst().ids(), ids);
      }
    }
    assertEquals(0, limited.bytes());
  }

  /// Another model's texts are in the same memory, and never end.
  @Test
  void aTextAloneDoesNotWaitForever() throws Exception {
    var whole = new TensorMemory(64 << 20);
    var part = TensorMemory.within(whole, 64 << 20);
    try (var model = open("llama");
        var pool = new SessionPool(model.decoder(), kernels, part, KeyValueLimits.DEFAULTS);
        var their = whole.open("another model")) {
      their.floats(Math.toIntExact((part.room() - 100) / Float.BYTES));
      var request = new GenerationRequest(text(model, 100), settings(50, 1));
      var means =
          new Continuation.Means(
              Optional.empty(), request.settings(), Optional.empty(), Optional.empty());
      var session = pool.open(150);
      var stream = new GenerationStream(1);
      var passes = new ForwardPasses(pool, SchedulerLimits.DEFAULTS, () -> false);
      var asked = new ScheduledRequest.Asked(request, means, session);
      passes.admit(new ArrayList<>(List.of(new ScheduledRequest(asked, stream, 0))));
      var now = Instant.now();
      for (int second : new int[] {0, 1, 29}) {
        passes.step(now.plusSeconds(second));
        assertFalse(stream.result().isDone(), "after " + second + " s");
      }
      passes.step(now.plusSeconds(30));
      var failed = assertThrows(ExecutionException.class, () -> stream.result().get());
      assertInstanceOf(OutOfTensorMemory.class, failed.getCause());
      assertTrue(passes.isIdle());
    }
    assertEquals(0, whole.bytes());
  }

  @Test
  void severalTextsOfOnePromptHaveSeedsOfTheirOwn() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS)) {
      var prompt = text(model, 50);
      var expected = new ArrayList<List<TokenLikelihood>>();
      for (int i = 0; i < 4; i++) {
        expected.add(alone(pool, new GenerationRequest(prompt, settings(12, 7 + i))));
      }
      try (var scheduler = new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS)) {
        var request =
            new GenerationRequest(prompt, settings(12, 7)).with(new Texts(4, List.of(), 2, 0));
        assertEquals(expected, read(scheduler.submit(request), 4));
        assertEquals(50, scheduler.state().promptTokens(), "the prompt is read once");
      }
    }
  }

  @Test
  void promptsThatBeginAlikeAreReadOnce() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS.withRememberedBytes(1 << 20));
        var scheduler = new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS)) {
      var prompt = text(model, 300);
      var first = scheduler.submit(new GenerationRequest(prompt, settings(3, 1)));
      var generation = first.result().get().getFirst();
      assertEquals(0, generation.reusedTokens());
      assertEquals(300, generation.readTokens());
      assertEquals(new GenerationEvent.PromptProgress(300, 0, 256), first.next().orElseThrow());
      assertEquals(new GenerationEvent.PromptRead(300, 0), first.next().orElseThrow());
      prompt[299]++;
      prompt[299] %= model.config().vocabularySize();
      var second = scheduler.submit(new GenerationRequest(prompt, settings(3, 1)));
      assertEquals(256, second.result().get().getFirst().reusedTokens());
      assertEquals(new GenerationEvent.PromptRead(300, 256), second.next().orElseThrow());
    }
  }

  @Test
  void cancelledRequestsEndWithinAPass() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(1, 10, 17))) {
      var endless = new GenerationRequest(text(model, 5), settings(CONTEXT, 1));
      var running = scheduler.submit(endless);
      var waiting = scheduler.submit(endless);
      assertInstanceOf(GenerationEvent.PromptRead.class, running.next().orElseThrow());
      waiting.cancel();
      var nothing = waiting.result().get(10, TimeUnit.SECONDS).getFirst();
      assertEquals(StopReason.INTERRUPTED, nothing.stopReason());
      assertEquals(List.of(), nothing.ids());
      running.close();
      var part = running.result().get(10, TimeUnit.SECONDS).getFirst();
      assertEquals(StopReason.INTERRUPTED, part.stopReason());
      assertTrue(part.ids().size() < CONTEXT - 5);
      var ids = new ArrayList<Integer>();
      for (var event = running.next(); event.isPresent(); event = running.next()) {
        if (event.get() instanceof GenerationEvent.Written written) {
          ids.addAll(written.ids());
        }
      }
      assertEquals(part.ids(), ids);
      assertTrue(scheduler.drain(Duration.ofSeconds(10)));
      assertEquals(0, pool.keyValueBytes());
    }
  }

  @Test
  void deadlinesPassForThoseThatWaitAndThoseThatRun() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(1, 10, 17))) {
      var past = new Terms("", 0, Optional.of(Instant.parse("2026-01-01T00:00:00Z")));
      var late = scheduler.submit(new GenerationRequest(text(model, 5), settings(9, 1)).with(past));
      var failed = assertThrows(ExecutionException.class, () -> late.result().get());
      assertEquals(
          "the deadline 2026-01-01T00:00:00Z has passed, with 0 tokens written: give more time, or ask for fewer tokens",
          failed.getCause().getMessage());
      assertInstanceOf(GenerationEvent.Failed.class, late.next().orElseThrow());
      assertTrue(late.next().isEmpty());
    }
  }

  @Test
  void fullQueueSaysWhenToTryAgain() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(1, 1, 17))) {
      var endless = new GenerationRequest(text(model, 5), settings(CONTEXT, 1));
      var first = scheduler.submit(endless);
      first.next();
      var second = scheduler.submit(endless);
      var full = assertThrows(QueueFullException.class, () -> scheduler.submit(endless));
      assertTrue(full.retryAfterSeconds() >= 1);
      assertEquals(
          "1 requests are waiting, which are as many as may: try again in %d s"
              .formatted(full.retryAfterSeconds()),
          full.getMessage());
      first.cancel();
      second.cancel();
      first.result().get();
      second.result().get();
    }
  }

  /// A client with many requests does not keep another one waiting.
  @Test
  void clientsTakeTurns() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(1, 50, 17))) {
      var greedy = new Terms("greedy", 0, Optional.empty());
      var modest = new Terms("modest", 0, Optional.empty());
      var urgent = new Terms("greedy", 1, Optional.empty());
      var ended = Collections.synchronizedList(new ArrayList<String>());
      var results = new ArrayList<CompletableFuture<?>>();
      var block = scheduler.submit(request(model, 400).with(greedy));
      for (int i = 0; i < 5; i++) {
        results.add(
            scheduler
                .submit(request(model, 10).with(greedy))
                .result()
                .thenRun(() -> ended.add("greedy")));
      }
      results.add(
          scheduler
              .submit(request(model, 10).with(modest))
              .result()
              .thenRun(() -> ended.add("modest")));
      results.add(
          scheduler
              .submit(request(model, 10).with(urgent))
              .result()
              .thenRun(() -> ended.add("urgent")));
      block.result().get();
      for (var result : results) {
        result.get();
      }
      assertEquals(
          List.of("urgent", "modest", "greedy", "greedy", "greedy", "greedy", "greedy"), ended);
    }
  }

  private GenerationRequest request(LoadedModel model, int tokens) {
    return new GenerationRequest(text(model, 9), settings(tokens, 3));
  }

  @Test
  void whatIsWrongIsRefusedBeforeItWaits() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(2, 1, 17))) {
      assertThrows(
          ContextFullException.class,
          () -> scheduler.submit(new GenerationRequest(text(model, CONTEXT + 1), settings(1, 1))));
      var strange = new GenerationRequest(new int[] {1, 999_999}, settings(1, 1));
      assertEquals(
          "token id 999999 is outside the vocabulary of 384: give ids from 0 to 383",
          assertThrows(IllegalArgumentException.class, () -> scheduler.submit(strange))
              .getMessage());
      var many = request(model, 3).with(new Texts(3, List.of(), -1, 0));
      assertEquals(
          "3 texts were asked for, and 2 are written at a time: ask for fewer",
          assertThrows(IllegalArgumentException.class, () -> scheduler.submit(many)).getMessage());
      var adapted = request(model, 3).with(new Texts(1, List.of(1f), -1, 0));
      assertThrows(IllegalArgumentException.class, () -> scheduler.submit(adapted));
      var grammar =
          new GenerationSettings(
              3,
              List.of(),
              List.of(),
              SamplerSettings.DEFAULTS,
              Optional.of(Grammar.parse("root ::= \"a\"")));
      assertEquals(
          "a grammar needs a tokenizer, and the model has none: leave it out",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> scheduler.submit(new GenerationRequest(new int[] {1}, grammar)))
              .getMessage());
      assertEquals(0, pool.keyValueBytes());
      assertTrue(scheduler.drain(Duration.ZERO));
      var late =
          assertThrows(IllegalStateException.class, () -> scheduler.submit(request(model, 1)));
      assertEquals("the scheduler is closed: it takes no more requests", late.getMessage());
    }
  }

  @Test
  void hostileGrammarsFailAlone() throws Exception {
    var hostile =
        List.of(
            "root ::= [a-z] root \"b\" | [a-z] root \"c\" | [a-z]",
            "root ::= (([a-z]?){0,1000}){0,1000}");
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler =
            new Scheduler(pool, Optional.of(Tokenizer.bytes()), SchedulerLimits.DEFAULTS)) {
      var neighbour = grammared(model, "root ::= [a-z]*");
      var expected = scheduler.submit(neighbour).result().get(30, TimeUnit.SECONDS);
      var beside = scheduler.submit(neighbour);
      var streams = new ArrayList<GenerationStream>();
      for (var gbnf : hostile) {
        streams.add(scheduler.submit(grammared(model, gbnf)));
      }
      for (var stream : streams) {
        var failed =
            assertThrows(ExecutionException.class, () -> stream.result().get(30, TimeUnit.SECONDS));
        assertInstanceOf(GrammarException.class, failed.getCause());
      }
      var result = beside.result().get(30, TimeUnit.SECONDS);
      assertEquals(expected.getFirst().ids(), result.getFirst().ids());
    }
  }

  private static GenerationRequest grammared(LoadedModel model, String gbnf) {
    var sampling = SamplerSettings.DEFAULTS.withSeed(SEED);
    var settings =
        new GenerationSettings(
            30, List.of(), List.of(), sampling, Optional.of(Grammar.parse(gbnf)));
    return new GenerationRequest(new int[] {1, 2, 3}, settings);
  }

  @Test
  void closingEndsAllRequests() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS)) {
      var results = new ArrayList<List<Generation>>();
      var streams = new ArrayList<GenerationStream>();
      try (var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(2, 9, 17))) {
        for (int i = 0; i < 5; i++) {
          streams.add(scheduler.submit(request(model, 900)));
        }
      }
      for (var stream : streams) {
        results.add(stream.result().get(10, TimeUnit.SECONDS));
      }
      for (var result : results) {
        assertEquals(StopReason.INTERRUPTED, result.getFirst().stopReason());
      }
      assertEquals(0, pool.keyValueBytes());
    }
  }

  /// What hears of an end runs on the scheduler's thread, between two requests that wait.
  @Test
  void whoHearsOfAnEndMaySubmitAndClose() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), new SchedulerLimits(1, 9, 17))) {
      var block = scheduler.submit(request(model, 900));
      var late = new Terms("", 0, Optional.of(Instant.now().plusMillis(1)));
      var again = new ArrayList<CompletableFuture<Integer>>();
      for (int i = 0; i < 3; i++) {
        again.add(
            scheduler
                .submit(request(model, 9).with(late))
                .result()
                .handle((_, _) -> scheduler.submit(request(model, 4)))
                .thenCompose(GenerationStream::result)
                .thenApply(texts -> texts.getFirst().ids().size()));
      }
      Thread.sleep(5);
      scheduler.submit(request(model, 1)); // wakes it, if it sleeps
      block.cancel();
      for (var one : again) {
        assertEquals(4, one.get(10, TimeUnit.SECONDS));
      }
      var closed = scheduler.submit(request(model, 2)).result().thenRun(scheduler::close);
      closed.get(10, TimeUnit.SECONDS);
    }
  }

  /// Nobody waits for ever for a scheduler whose thread has ended by a defect.
  @Test
  @SuppressWarnings("NullAway") // a null that must not be there stands for the defect
  void whatBreaksTheSchedulerFailsItsRequestsAndNoOthers() throws Exception {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), SchedulerLimits.DEFAULTS)) {
      var first = scheduler.submit(request(model, 900));
      var broken = scheduler.submit(request(model, 9).with(new Terms("", 0, null)));
      for (var stream : List.of(first, broken)) {
        var result = stream.result();
        var failed = assertThrows(ExecutionException.class, () -> result.get(10, TimeUnit.SECONDS));
        assertTrue(
            Objects.requireNonNull(failed.getCause().getMessage())
                .startsWith("the scheduler has failed: java.lang.NullPointerException"),
            failed.getCause().getMessage());
      }
      var next = scheduler.submit(request(model, 3)).result().get(10, TimeUnit.SECONDS);
      assertEquals(3, next.getFirst().ids().size());
      assertTrue(scheduler.drain(Duration.ofSeconds(10)));
    }
  }
}
