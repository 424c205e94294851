package dev.fader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.answer.Answer;
import dev.fader.answer.AnswerPart;
import dev.fader.answer.AnswerRequest;
import dev.fader.answer.ToolChoice;
import dev.fader.data.Batch;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.Conversation;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.Pooling;
import dev.fader.kernel.Engine;
import dev.fader.model.Golden;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.Target;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.schedule.GenerationStream;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.train.LossEvaluator;
import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class ServingTest {
  private static final GenerationOptions OPTIONS =
      GenerationOptions.OF_TEXT.withMaxTokens(12).withSeed(3);

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = LanguageModel.open(SmallModels.saved(folder.resolve("m")), SmallModels.TWO_THREADS);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Generation only(GenerationStream stream) {
    return stream.result().join().getFirst();
  }

  @Test
  void textsAreThoseOfTheModelAlone() throws IOException, InterruptedException {
    var prompts = List.of("the cat", "mat number 7", "t", "", "sat on");
    try (var serving = model.serve(new SchedulerLimits(3, 10, 17))) {
      var streams = new ArrayList<GenerationStream>();
      for (var prompt : prompts) {
        streams.add(serving.write(serving.request(prompt, OPTIONS)));
      }
      for (int i = 0; i < prompts.size(); i++) {
        assertEquals(model.generate(prompts.get(i), OPTIONS), only(streams.get(i)).text());
      }
      var drafted = OPTIONS.withSpeculation(Speculation.ngrams());
      assertTrue(
          only(serving.write(serving.request("cat cat cat", drafted))).acceptance().isPresent());
      assertTrue(serving.drain(Duration.ofSeconds(10)));
      assertEquals(6, serving.state().requests());
    }
  }

  /// With heads down and a weight changed, in a batch as alone, and with adapters to choose from.
  @Test
  void mixedTextsAreThoseOfTheMixedModelAlone() throws IOException {
    var mix =
        Mix.NEUTRAL
            .with(Fader.of(Target.parse("layers.0.heads.*"), Level.parse("-20dB")))
            .with(Fader.of(Target.parse("tensors.down_proj[0-9]"), new Level.Constant(-3)));
    var options = SmallModels.TWO_THREADS.withMix(mix);
    var path = folder.resolve("m");
    try (var mixed = LanguageModel.open(path, options);
        var choosing = LanguageModel.open(path, options.withChoices());
        var serving = choosing.serve(new SchedulerLimits(3, 10, 17))) {
      boolean changed = false;
      for (var prompt : List.of("the cat", "mat number 7", "sat on")) {
        var alone = mixed.generate(prompt, OPTIONS);
        assertEquals(alone, only(serving.write(serving.request(prompt, OPTIONS))).text());
        changed |= !alone.equals(model.generate(prompt, OPTIONS));
      }
      assertTrue(changed);
    }
  }

  @Test
  void contextLimitsWhatIsWritten() throws IOException {
    try (var serving = model.serve()) {
      int[] prompt = serving.promptTokens("the cat");
      var options = OPTIONS.withContext(prompt.length + 5);
      assertEquals(5, only(serving.write(serving.request(prompt, options))).ids().size());
      var full = OPTIONS.withContext(prompt.length);
      var refused = assertThrows(ContextFullException.class, () -> serving.request(prompt, full));
      assertEquals(
          new ContextFullException(prompt.length, 0, prompt.length).getMessage(),
          refused.getMessage());
    }
  }

  @Test
  void draftsOfAnotherModelAreRefused() throws IOException {
    try (var serving = model.serve()) {
      var options = OPTIONS.withSpeculation(Speculation.draftModel(model));
      var refused =
          assertThrows(IllegalArgumentException.class, () -> serving.request("the", options));
      assertEquals(
          "`speculation` is by another model, which texts that share passes cannot have: use"
              + " ngrams, or generate alone",
          refused.getMessage());
    }
  }

  @Test
  void likelihoodsAreThoseOfPredictions() throws IOException {
    try (var serving = model.serve()) {
      int[] tokens = serving.promptTokens("the cat number 3 sat");
      var likelihoods = serving.likelihoods(tokens, 2);
      assertEquals(tokens.length - 1, likelihoods.size());
      double sum = 0;
      for (int i = 0; i < likelihoods.size(); i++) {
        var likelihood = likelihoods.get(i);
        assertEquals(tokens[i + 1], likelihood.id());
        assertEquals(2, likelihood.top().size());
        var first = likelihood.top().getFirst();
        if (first.id() == likelihood.id()) {
          assertEquals(Math.log(first.probability()), likelihood.logProbability(), 1e-9);
        }
        assertTrue(Math.log(first.probability()) >= likelihood.logProbability() - 1e-9);
        sum += likelihood.logProbability();
      }
      assertTrue(sum < 0 && Double.isFinite(sum));
      assertEquals(List.of(), serving.likelihoods(new int[] {tokens[0]}, 0));
      int context = model.config().context();
      var full =
          assertThrows(
              ContextFullException.class, () -> serving.likelihoods(new int[context + 1], 0));
      assertTrue(full.getMessage().contains(String.valueOf(context)), full::getMessage);
    }
  }

  @Test
  void likelihoodsAddUpToTheLossOfAnEvaluation() throws IOException {
    var directory = Golden.directory("models/llama");
    int[] tokens = IntStream.range(0, 13).map(i -> (7 * i + 3) % 40).toArray();
    int[] inputs = Arrays.copyOf(tokens, tokens.length - 1);
    int[] targets = Arrays.copyOfRange(tokens, 1, tokens.length);
    double expected;
    try (var engine = new Engine(2, 1L << 30);
        var loaded = LoadedModel.open(directory, engine.memory());
        var evaluator = new LossEvaluator(engine.kernels(), engine.memory(), loaded.decoder())) {
      var batch = new Batch(1, inputs.length, inputs, targets);
      expected = evaluator.evaluate(List.of(batch)).loss();
    }
    try (var opened = LanguageModel.open(directory, SmallModels.TWO_THREADS);
        var serving = opened.serve()) {
      double sum = 0;
      for (var likelihood : serving.likelihoods(tokens, 0)) {
        sum -= likelihood.logProbability();
      }
      assertEquals(expected, sum / targets.length, 1e-6); // what echo promises
    }
  }

  @Test
  void embeddingsOfTokensAreThoseOfTheirText() throws IOException {
    try (var serving = model.serve()) {
      var tokenizer = model.tokenizer();
      int[] tokens = tokenizer.withSpecialTokens(tokenizer.encode("two cats"));
      assertArrayEquals(model.embed("two cats"), serving.embed(tokens, Pooling.MEAN));
    }
  }

  @Test
  void eachTextChoosesItsAdapters() throws IOException {
    var adapter = AdapterSource.of(Golden.directory("adapters/lora-qv"));
    var base = Golden.directory("models/llama");
    var options = SmallModels.TWO_THREADS;
    int[] prompt = {1, 2, 3};
    try (var chosen = LanguageModel.open(base, options.withChoices(adapter));
        var adapted = LanguageModel.open(base, options.withAdapters(adapter));
        var choosing = chosen.serve();
        var fixed = adapted.serve()) {
      assertEquals(1, choosing.choices());
      assertEquals(0, fixed.choices());
      var request = choosing.request(prompt, OPTIONS.withTemperature(0));
      var with = choosing.write(request.with(new Texts(1, List.of(1f), 0, 0)));
      var without = choosing.write(request.with(new Texts(1, List.of(0f), 0, 0)));
      var expected = fixed.write(request.with(new Texts(1, List.of(), 0, 0)));
      assertEquals(only(expected).ids(), only(with).ids());
      assertNotEquals(choosing.likelihoods(prompt, 0, 1f), choosing.likelihoods(prompt, 0, 0f));
      assertEquals(fixed.likelihoods(prompt, 0), choosing.likelihoods(prompt, 0, 1f));
      assertEquals(only(without).promptTokens(), prompt.length);
    }
  }

  private static ChatTemplate template() throws IOException {
    return ChatTemplate.read(
        Files.writeString(
            folder.resolve("hermes.jinja"),
            """
            {%- if tools %}{{ tools | tojson }}{% endif %}
            {%- for message in messages %}{{ message.role }}: {{ message.content }}
            {%- for tool_call in message.tool_calls or [] %}<tool_call>
            {"name": "{{ tool_call.name }}", "arguments": {{ tool_call.arguments | tojson }}}
            </tool_call>{% endfor %}
            {% endfor %}{% if add_generation_prompt %}assistant: {% endif %}\
            """));
  }

  private static AnswerRequest weather() {
    return new AnswerRequest(
        Conversation.of(
            new JsonMapper()
                .readTree(
                    """
                    {"messages": [{"role": "user", "content": "Hi"}],
                     "tools": [{"type": "function", "function": {"name": "weather",
                       "parameters": {"type": "object", "required": ["days"],
                         "properties": {"days": {"type": "integer", "maximum": 9}}}}}]}\
                    """)));
  }

  @Test
  void answersAreStreamedAsTheyAreCollected() throws Exception {
    // Prompts with tools do not fit into the context of the others' model.
    var trainer =
        SmallModels.trainer()
            .with(Hyperparameter.CONTEXT, 512)
            .with(Hyperparameter.BATCH, 1)
            .steps(2);
    try (var roomy = trainer.train();
        var serving = roomy.serve(SchedulerLimits.DEFAULTS, Optional.of(template()))) {
      var asked = weather().with(ToolChoice.REQUIRED.withParallel(false));
      var options = OPTIONS.withMaxTokens(200);
      var texts = new Texts(2, List.of(), 1, 0);
      var parts = List.of(new ArrayList<AnswerPart>(), new ArrayList<AnswerPart>());
      var streamed = new ArrayList<Answer>(Collections.nCopies(2, Answer.of(List.of())));
      int untold = 0;
      try (var stream = serving.answer(asked, options, texts, Terms.USUAL)) {
        assertInstanceOf(AnswerEvent.PromptRead.class, stream.next().orElseThrow());
        for (var event = stream.next(); event.isPresent(); event = stream.next()) {
          switch (event.get()) {
            case AnswerEvent.Written written -> {
              parts.get(written.number()).addAll(written.parts());
              assertEquals(written.ids().size(), written.likelihoods().size());
              untold -= written.ids().size();
            }
            case AnswerEvent.Ended(var number, var answer, var generation) -> {
              streamed.set(number, answer);
              untold += generation.ids().size();
            }
            default -> throw new AssertionError(event.get());
          }
        }
      }
      assertEquals(0, untold);
      var collected = serving.answer(asked, options, texts, Terms.USUAL).result().join();
      for (int number = 0; number < 2; number++) {
        assertEquals(Answer.of(parts.get(number)), streamed.get(number));
        var call = collected.get(number).answer().calls().getFirst();
        assertEquals("weather", call.name());
        assertTrue(new JsonMapper().readTree(call.arguments()).path("days").intValue() <= 9);
        // Their ids are drawn anew.
        assertEquals(call.arguments(), streamed.get(number).calls().getFirst().arguments());
      }
    }
  }

  @Test
  void questionsNeedATemplate() throws IOException {
    try (var serving = model.serve()) {
      var refused =
          assertThrows(IllegalStateException.class, () -> serving.answer(weather(), OPTIONS));
      assertEquals(
          model.path() + " has no chat template: continue texts, or serve it with one",
          refused.getMessage());
    }
  }

  @Test
  void closingTheModelEndsWhatIsWritten() throws IOException {
    var own = LanguageModel.open(folder.resolve("m"), SmallModels.TWO_THREADS);
    var serving = own.serve();
    var stream = serving.write(serving.request("the", OPTIONS));
    own.close();
    assertTrue(
        List.of(StopReason.INTERRUPTED, StopReason.LENGTH, StopReason.END_TOKEN)
            .contains(only(stream).stopReason()));
    var closed = assertThrows(IllegalStateException.class, () -> serving.request("the", OPTIONS));
    assertTrue(closed.getMessage().contains("is closed: open it again"), closed::getMessage);
    serving.close();
  }

  @Test
  void whatTakesATextDoesNotCloseItsModel() throws IOException {
    try (var serving = model.serve()) {
      var refusals = new ArrayList<String>();
      for (int attempt = 0; attempt < 100 && refusals.isEmpty(); attempt++) {
        var stream = serving.write(serving.request("the", OPTIONS));
        // Runs here, where it would be allowed, if the text has ended already.
        stream
            .result()
            .thenRun(() -> {
              if (Thread.currentThread().getName().equals("fader-scheduler")) {
                refusals.add(assertThrows(IllegalStateException.class, model::close).getMessage());
              }
            })
            .join();
      }
      assertEquals(List.of("a model cannot be closed by what takes its text"), refusals);
    }
  }
}
