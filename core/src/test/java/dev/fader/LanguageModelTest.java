package dev.fader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.FormatException;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.Embedder;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.Pooling;
import dev.fader.generate.SessionPool;
import dev.fader.grammar.Grammar;
import dev.fader.inspect.trace.Ablation;
import dev.fader.inspect.trace.EmbeddingNeighbours;
import dev.fader.inspect.trace.LogitLens;
import dev.fader.inspect.trace.Sensitivity;
import dev.fader.inspect.trace.SteeredText;
import dev.fader.inspect.trace.SteeringVector;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.kernel.Engine;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.Target;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // what closing early does is what is tested
class LanguageModelTest {
  private static final GenerationOptions OPTIONS =
      GenerationOptions.OF_TEXT.withMaxTokens(12).withSeed(3);

  @TempDir private static Path folder;
  private static Path saved;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    saved = SmallModels.saved(folder.resolve("model"));
    model = LanguageModel.open(saved, SmallModels.TWO_THREADS);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static LanguageModel another() throws IOException {
    return LanguageModel.open(saved, SmallModels.TWO_THREADS);
  }

  private static Mix mix() {
    var quiet = Fader.of(Target.parse("layers.0.heads.0"), new Level.Constant(0.25));
    return Mix.NEUTRAL.with(quiet);
  }

  /// The board, a turned model that shares the weights, and a model that is opened with the mix say
  /// and write the same.
  @Test
  void fadersAreTurnedOnOpenModels() throws IOException {
    var ids = model.tokenizer().encode("the cat number 3 sat");
    try (var board = model.board(ids);
        var turned = model.turned(mix());
        var opened = LanguageModel.open(saved, SmallModels.TWO_THREADS.withMix(mix()))) {
      assertEquals(opened.generate("the cat", OPTIONS), turned.generate("the cat", OPTIONS));
      var likelihoods = turned.likelihoods(ids, 0, () -> false);
      assertEquals(opened.likelihoods(ids, 0, () -> false), likelihoods);
      int last = ids.length - 1;
      try (var before = model.board(Arrays.copyOf(ids, last))) {
        double loss = before.turned(mix()).prediction().loss(ids[last]);
        assertEquals(-loss, likelihoods.get(last - 1).logProbability());
      }
      assertArrayEquals(ids, board.tokens());
      assertNotEquals(board.base().logSumExp(), board.turned(mix()).prediction().logSumExp());
      assertTrue(board.bytes() > 0);
      assertEquals(2, board.slopes(mix(), 2, () -> false).tokens().size());
      // A board of a mixed model begins where its faders stand, and can turn them back.
      try (var begun = turned.board(ids)) {
        assertEquals(mix(), begun.start());
        assertEquals(board.base().logSumExp(), begun.base().logSumExp());
        assertEquals(
            board.turned(mix()).prediction().logSumExp(),
            begun.turned(begun.start()).prediction().logSumExp());
      }
      assertThrows(CancellationException.class, () -> model.board(ids, () -> true));
      assertMessage("1 strengths for 0 adapters: give one for each", () -> model.board(ids, 1));
      turned.close();
      assertClosed(() -> turned.generate("the"));
    }
    assertEquals(12, model.generate("the cat", OPTIONS, text -> {}).ids().size());
  }

  @Test
  void closingClosesBoardsAndTurnedModels() throws IOException {
    var own = another();
    var board = own.board(new int[] {1, 2, 3});
    var turned = own.turned(mix());
    own.close();
    assertClosed(() -> board.turned(mix()));
    assertClosed(() -> turned.generate("the"));
    board.close();
    turned.close();
    assertClosed(() -> own.board(new int[] {1}));
  }

  private static void assertClosed(Executable call) {
    assertTrue(
        assertThrows(IllegalStateException.class, call)
            .getMessage()
            .equals("the model %s is closed: open it again".formatted(saved)));
  }

  @Test
  void generateStreamsTheTextThatItReturns() {
    var streamed = new StringBuilder();
    var generation = model.generate("the cat", OPTIONS, streamed::append);
    assertEquals(generation.text(), streamed.toString());
    assertEquals(generation.text(), model.generate("the cat", OPTIONS));
    assertEquals(12, generation.ids().size());
    assertEquals(StopReason.LENGTH, generation.stopReason());
  }

  @Test
  void generateWithoutOptionsWritesWithinTheContext() {
    var generation = model.generate("the", text -> {});
    assertTrue(generation.ids().size() <= 200);
    // Without a seed: the first token of one text may be the end, but not of ten.
    assertTrue(IntStream.range(0, 10).anyMatch(i -> !model.generate("the").isEmpty()));
  }

  @Test
  void generateFromAnEmptyPromptBeginsAText() {
    assertEquals(1, model.generate("", OPTIONS, text -> {}).promptTokens());
  }

  @Test
  void generateWithoutASeedDiffersFromCallToCall() {
    var options = GenerationOptions.OF_TEXT.withMaxTokens(24).withTemperature(2);
    assertEquals(
        4, IntStream.range(0, 4).mapToObj(i -> model.generate("t", options)).distinct().count());
  }

  @Test
  void generateStopsAtStopTextsAndKeepsToGrammars() {
    var stopped =
        model.generate("the cat", OPTIONS.withMaxTokens(25).withStops("a", "e", " ", "t"), t -> {});
    assertEquals(StopReason.STOP_TEXT, stopped.stopReason());
    var form = Grammar.parse("root ::= \"yes\" | \"no\"");
    assertTrue(List.of("yes", "no").contains(model.generate("the", OPTIONS.withGrammar(form))));
  }

  @Test
  void generateWithDraftsWritesTheSame() throws IOException {
    var options = OPTIONS.withTemperature(0).withMaxTokens(20);
    var expected = model.generate("the cat", options);
    var byNgrams = options.withSpeculation(Speculation.ngrams().withDraftTokens(3));
    assertEquals(expected, model.generate("the cat", byNgrams));
    try (var drafting = another()) {
      var byModel = options.withSpeculation(Speculation.draftModel(drafting));
      var generation = model.generate("the cat", byModel, text -> {});
      assertEquals(expected, generation.text());
      assertEquals(1, generation.acceptance().orElseThrow().rate());
      try (var plain = model.chat(options);
          var chat = model.chat(byModel)) {
        assertEquals(plain.ask("the"), chat.ask("the"));
      }
    }
    assertMessage(
        "`draftTokens` is 0, and must be from 1 to 15",
        () -> Speculation.ngrams().withDraftTokens(0));
  }

  @Test
  void generateFromSeveralThreadsGivesEachItsOwnText() throws Exception {
    var prompts = List.of("the cat", "mat number", "sat on", "number 7", "the", "cat");
    var alone = prompts.stream().map(prompt -> model.generate(prompt, OPTIONS)).toList();
    var together =
        prompts.stream()
            .map(prompt -> CompletableFuture.supplyAsync(() -> model.generate(prompt, OPTIONS)))
            .toList();
    for (int i = 0; i < alone.size(); i++) {
      assertEquals(alone.get(i), together.get(i).get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void generateOfATooLongPromptSaysSo() {
    assertThrows(ContextFullException.class, () -> model.generate("the cat ".repeat(20)));
  }

  @Test
  void embedGivesUnitVectorsOfTheModelsWidth() {
    var vector = model.embed("the cat");
    assertEquals(model.config().width(), vector.length);
    double squares = 0;
    for (float value : vector) {
      squares += value * value;
    }
    assertEquals(1, squares, 1e-5);
    assertArrayEquals(vector, model.embed("the cat", Pooling.MEAN));
    var empty = assertThrows(IllegalArgumentException.class, () -> model.embed(""));
    assertEquals("the text to embed is empty: give some", empty.getMessage());
  }

  @Test
  void embedStoresKeysAndValuesInFloat32() throws IOException {
    var tokenizer = model.tokenizer();
    int[] tokens = tokenizer.withSpecialTokens(tokenizer.encode("the cat sat"));
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    try (var engine = new Engine(2, 1L << 30);
        var loaded = LoadedModel.open(saved, engine.memory());
        var pool = new SessionPool(loaded.decoder(), engine.kernels(), engine.memory(), limits);
        var session = pool.open(tokens.length)) {
      var expected = new Embedder(session, Pooling.MEAN, true).embed(tokens);
      assertArrayEquals(expected, model.embed("the cat sat"));
    }
  }

  @Test
  void modelsThatDraftForEachOtherCanBeClosed() throws Exception {
    var first = another();
    var second = another();
    var inside = new CountDownLatch(2);
    var closing = new CountDownLatch(1);
    var drafting = new CountDownLatch(2);
    try (var threads = Executors.newCachedThreadPool()) {
      var calls =
          List.of(
              threads.submit(() -> nested(first, second, List.of(inside, closing, drafting))),
              threads.submit(() -> nested(second, first, List.of(inside, closing, drafting))));
      inside.await();
      var closes = List.of(threads.submit(first::close), threads.submit(second::close));
      Thread.sleep(200); // until both wait for the calls
      closing.countDown();
      for (var call : calls) {
        assertEquals("done", call.get(30, TimeUnit.SECONDS));
      }
      for (var close : closes) {
        close.get(30, TimeUnit.SECONDS);
      }
    }
  }

  /// What a text with a draft model does.
  private static String nested(
      LanguageModel writing, LanguageModel drafts, List<CountDownLatch> latches) {
    return writing.whileOpen(() -> {
      latches.get(0).countDown();
      await(latches.get(1));
      try (var drafting = Drafting.open(Optional.of(Speculation.draftModel(drafts)), 10)) {
        return drafting.whileOpen(() -> {
          latches.get(2).countDown();
          await(latches.get(2));
          return "done";
        });
      }
    });
  }

  @Test
  void countIsThatOfTheConfiguration() {
    assertEquals(257, model.config().vocabularySize());
    assertTrue(model.count().total() > 257 * 32, () -> model.count().toString());
    assertEquals("the cat", model.tokenizer().decode(model.tokenizer().encode("the cat")));
    assertEquals(saved, model.path());
  }

  @Test
  void closeTwiceIsOnceAndAClosedModelSaysSo() throws IOException {
    var other = another();
    var chat = other.chat();
    other.close();
    other.close();
    chat.close();
    var message = "the model %s is closed: open it again".formatted(saved);
    for (var call :
        List.<Runnable>of(
            () -> other.generate("a"),
            () -> other.embed("a"),
            other::tokenizer,
            () -> chat.ask("a"))) {
      assertEquals(message, assertThrows(IllegalStateException.class, call::run).getMessage());
    }
    assertEquals(257, other.config().vocabularySize());
  }

  @Test
  void closeWaitsForTheCallsThatRun() throws Exception {
    var other = another();
    var writing = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var text =
        CompletableFuture.supplyAsync(() ->
            other.generate(
                "the",
                OPTIONS,
                piece -> {
                  writing.countDown();
                  await(goOn);
                }));
    writing.await();
    var closing = CompletableFuture.runAsync(other::close);
    assertThrows(TimeoutException.class, () -> closing.get(100, TimeUnit.MILLISECONDS));
    goOn.countDown();
    assertEquals(12, text.get(60, TimeUnit.SECONDS).ids().size());
    closing.get(60, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  @Test
  void closeByWhatTakesTheTextIsRefused() throws IOException {
    try (var other = another()) {
      var refused =
          assertThrows(
              IllegalStateException.class,
              () -> other.generate("the", OPTIONS, piece -> other.close()));
      assertEquals("a model cannot be closed by what takes its text", refused.getMessage());
      assertEquals(12, other.generate("the", OPTIONS, piece -> {}).ids().size());
    }
  }

  @Test
  void openOfNothingSaysWhatAModelIs() throws IOException {
    var missing = folder.resolve("missing");
    assertEquals(
        missing
            + ": there is no model: name a directory with config.json and model.safetensors, or a .gguf file",
        assertThrows(NoSuchFileException.class, () -> LanguageModel.open(missing)).getMessage());
    var empty = Files.createDirectories(folder.resolve("empty"));
    assertEquals(
        empty.resolve("config.json")
            + ": the directory holds no model: name one that a trainer wrote, or that was downloaded",
        assertThrows(NoSuchFileException.class, () -> LanguageModel.open(empty)).getMessage());
    var text = Files.writeString(folder.resolve("text.gguf"), "no model");
    assertEquals(
        text + ": not a GGUF file: name one, or a directory with config.json and model.safetensors",
        assertThrows(FormatException.class, () -> LanguageModel.open(text)).getMessage());
  }

  @Test
  void optionsOutOfRangeSayWhichAndTheRange() {
    assertMessage("threads is 0, and must be from 1 to 1024", () -> new ModelOptions(0, 1));
    assertMessage("memoryBytes is 0, and must be at least 1", () -> new ModelOptions(1, 0));
    assertMessage("max tokens is 0, and must be at least 1", () -> OPTIONS.withMaxTokens(0));
    assertMessage("temperature is -1.0, and must be at least 0", () -> OPTIONS.withTemperature(-1));
    assertMessage("top-p is 2.0, and must be above 0 and at most 1", () -> OPTIONS.withTopP(2));
    assertMessage(
        "context is -1, and must be at least 1, or 0 for the usual", () -> OPTIONS.withContext(-1));
    assertMessage(
        "a stop string is empty: give at least one character", () -> OPTIONS.withStops(""));
  }

  private static void assertMessage(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void chatRemembersUpToItsContextAndIsInterrupted() throws IOException, ExecutionException {
    try (var chat = model.chat(GenerationOptions.OF_ANSWER.withSeed(1).withMaxTokens(5))) {
      var streamed = new StringBuilder();
      var generation = chat.system("").ask("the cat", streamed::append);
      assertEquals(generation.text(), streamed.toString());
      assertEquals(5, generation.ids().size());
      assertEquals(generation.text(), chat.ask("the cat"));
      assertEquals(List.of(), chat.conversation().messages()); // the model has no template
      var interrupted = chat.ask("the cat", text -> chat.interrupt());
      assertEquals(StopReason.INTERRUPTED, interrupted.stopReason());
    }
  }

  @Test
  void chatWritesWithTheTemplateOfAnAdapter() throws IOException {
    var base = folder.resolve("talking");
    copy(Golden.directory("models/llama"), base, "config.json", "model.safetensors");
    var tokenizer = Golden.directory("evaluation/begun");
    copy(tokenizer, base, "tokenizer.json", "tokenizer_config.json");
    var adapter = folder.resolve("adapter");
    var stored = Golden.directory("adapters/lora-qv");
    copy(stored, adapter, "adapter_config.json", "adapter_model.safetensors");
    Files.writeString(
        adapter.resolve("chat_template.jinja"), "{{ bos_token + messages[-1].content * 3 }}");
    var options = SmallModels.TWO_THREADS.withAdapters(AdapterSource.of(adapter));
    try (var adapted = LanguageModel.open(base, options);
        var chat = adapted.chat(GenerationOptions.OF_ANSWER.withMaxTokens(1))) {
      assertEquals(7, chat.ask("Hi", text -> {}).promptTokens()); // "<s>" and three times "Hi"
    }
  }

  private static void copy(Path from, Path to, String... names) throws IOException {
    Files.createDirectories(to);
    for (var name : names) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
  }

  @Test
  void tracesAMixAsTheModelThatIsOpenedWithIt() throws IOException {
    var mix =
        Mix.NEUTRAL.with(Fader.of(Target.parse("layers.0.attention"), new Level.Constant(0.5)));
    double plain = model.trace(LanguageModelTest::probability);
    assertEquals(
        plain, model.trace(List.of(), Mix.NEUTRAL, () -> false, LanguageModelTest::probability));
    double mixed = model.trace(List.of(), mix, () -> false, LanguageModelTest::probability);
    assertTrue(plain != mixed, "half of the attention changes nothing");
    try (var opened = LanguageModel.open(saved, SmallModels.TWO_THREADS.withMix(mix))) {
      assertEquals(mixed, opened.trace(LanguageModelTest::probability));
      assertEquals(
          plain, opened.trace(List.of(), Mix.NEUTRAL, () -> false, LanguageModelTest::probability));
    }
    assertEquals(plain, model.trace(LanguageModelTest::probability));
  }

  private static double probability(TracedModel traced) {
    int[] ids = traced.tokens("the cat");
    return LogitLens.of(traced, ids, LogitLens.Question.ofLast(ids, 1))
        .columns()
        .getFirst()
        .readings()
        .getLast()
        .probability();
  }

  @Test
  void viewsThatNobodyWaitsForEnd() {
    int[] ids = model.trace(traced -> traced.tokens("the cat sat"));
    var asked = TokenMeasure.logProbability(3);
    for (Consumer<TracedModel> view :
        List.<Consumer<TracedModel>>of(
            traced -> LogitLens.mostProbable(traced, ids, 0),
            traced -> Sensitivity.of(traced, ids, 0, asked),
            traced -> Ablation.of(traced, ids, asked, new Ablation.Filling.Zero()),
            traced -> EmbeddingNeighbours.of(traced, 3, 2))) {
      assertThrows(
          CancellationException.class,
          () ->
              model.trace(
                  List.of(),
                  Mix.NEUTRAL,
                  () -> true,
                  traced -> {
                    view.accept(traced);
                    return 0;
                  }));
    }
    var looks = new AtomicInteger();
    var vector = model.trace(traced -> vector(traced, ids));
    assertThrows(
        CancellationException.class,
        () ->
            model.trace(
                List.of(),
                Mix.NEUTRAL,
                () -> looks.incrementAndGet() > 2,
                traced -> SteeredText.of(traced, ids, vector, new SteeredText.Writing(1, 20))));
  }

  private static SteeringVector vector(TracedModel traced, int[] ids) {
    return SteeringVector.of(
        traced, List.of(new SteeringVector.Pair(ids, traced.tokens("the"))), 0);
  }

  @Test
  void chatInsideAnAnswerIsRefused() throws IOException {
    try (var chat = model.chat(GenerationOptions.OF_ANSWER.withSeed(1).withMaxTokens(5))) {
      var nested =
          assertThrows(IllegalStateException.class, () -> chat.ask("the", text -> chat.ask("cat")));
      assertEquals(
          "what takes the text of an answer asked another question: ask after the answer",
          nested.getMessage());
      var closing =
          assertThrows(IllegalStateException.class, () -> chat.ask("the", text -> chat.close()));
      assertEquals("a chat cannot be closed by what takes its text", closing.getMessage());
      chat.close();
      chat.close();
      assertEquals(
          "the chat is closed: begin another one",
          assertThrows(IllegalStateException.class, () -> chat.ask("the")).getMessage());
    }
  }
}
