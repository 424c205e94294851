package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.Generation.StopReason;
import dev.fader.generate.Truncation.Cuts;
import dev.fader.generate.Truncation.Mirostat;
import dev.fader.generate.Truncation.Xtc;
import dev.fader.grammar.Grammar;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Text that is drafted against text that is not, on models of random weights.
class SpeculationTest {
  private static final int[] PROMPT = {5, 6, 7, 5, 6};

  /// Makes a vocabulary of six, so that two models of random weights often agree.
  private static final Map<Integer, Float> FEW_TOKENS =
      Map.of(10, 30f, 11, 30f, 12, 30f, 13, 30f, 14, 30f, 15, 30f);

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(1);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private LoadedModel model(String name) throws IOException {
    var url = SpeculationTest.class.getResource("/golden/models/" + name);
    try {
      return LoadedModel.open(Path.of(Objects.requireNonNull(url, name).toURI()), memory);
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private Session session(LoadedModel model, int capacity) {
    return new Session(model.decoder(), kernels, memory, capacity);
  }

  private static GenerationSettings settings(int tokens, SamplerSettings sampler) {
    return new GenerationSettings(tokens, List.of(), List.of(), sampler);
  }

  private static SamplerSettings greedy() {
    return SamplerSettings.DEFAULTS.greedy();
  }

  private static Generation generate(
      Session session, GenerationSettings settings, Optional<Drafter> drafter, int... prompt) {
    session.truncate(0);
    return new Generator(session, Optional.empty(), settings, drafter).generate(prompt, text -> {});
  }

  @ParameterizedTest
  @MethodSource("dev.fader.model.Golden#models")
  void draftsLeaveGreedyTextAsItIs(String name) throws IOException {
    try (var model = model(name);
        var session = session(model, 64);
        var own = session(model, 64)) {
      var settings = settings(40, greedy());
      var plain = generate(session, settings, Optional.empty(), PROMPT);
      int length = session.length();
      var byNgrams = generate(session, settings, Optional.of(new NgramDrafter(6, 3, 1)), PROMPT);
      assertEquals(plain.ids(), byNgrams.ids());
      assertEquals(plain.stopReason(), byNgrams.stopReason());
      assertEquals(length, session.length());
      var drafter = new ModelDrafter(own, Optional.empty(), 3);
      var byModel = generate(session, settings, Optional.of(drafter), PROMPT);
      assertEquals(plain.ids(), byModel.ids());
      assertEquals(length, session.length());
      assertEquals(1, byModel.acceptance().orElseThrow().rate(), "the model agrees with itself");
    }
  }

  /// 39 tokens after the first, four a pass: ten passes.
  @Test
  void acceptedDraftsSavePasses() throws IOException {
    try (var model = model("llama");
        var session = session(model, 64);
        var own = session(model, 64)) {
      var drafter = new ModelDrafter(own, Optional.empty(), 3);
      var generation = generate(session, settings(40, greedy()), Optional.of(drafter), PROMPT);
      var acceptance = generation.acceptance().orElseThrow();
      assertEquals(10, acceptance.passes());
      assertEquals(3.9, acceptance.tokensPerPass(), 1e-9);
    }
  }

  /// The model samples each token itself, so the random numbers are the same, too.
  @Test
  void ngramsLeaveSampledTextAsItIs() throws IOException {
    try (var model = model("llama");
        var session = session(model, 128)) {
      int accepted = 0;
      for (int seed = 0; seed < 20; seed++) {
        var sampler =
            SamplerSettings.DEFAULTS
                .withSeed(seed)
                .withTemperature(new Temperature(0.3f))
                .withTruncation(Cuts.NONE.withTopK(5).withXtc(new Xtc(0.2f, 0.1f)));
        var settings = settings(60, sampler);
        var plain = generate(session, settings, Optional.empty(), PROMPT);
        var drafted = generate(session, settings, Optional.of(new NgramDrafter(5, 2, 1)), PROMPT);
        assertEquals(plain.ids(), drafted.ids(), "seed " + seed);
        accepted += drafted.acceptance().orElseThrow().accepted();
      }
      assertTrue(accepted > 20, accepted + " were right");
    }
  }

  private static Stream<Arguments> samplers() {
    var few = SamplerSettings.DEFAULTS.withLogitBias(FEW_TOKENS);
    var four = few.withTruncation(Cuts.NONE.withTopK(4));
    var penalties = new Penalties(1.3f, 0.2f, 0.1f, 2, new Dry(0.5f, 1.5f, 1, -1, List.of()));
    return Stream.of(
        Arguments.of("nothing", few, ""),
        Arguments.of("top-k", four, ""),
        Arguments.of("penalties", four.withPenalties(penalties), ""),
        Arguments.of("temperature", four.withTemperature(new Temperature(0.5f)), ""),
        Arguments.of("entropy", four.withTemperature(new Temperature(1, 0.7f, 1)), ""),
        Arguments.of(
            "cuts",
            four.withTruncation(
                Cuts.NONE.withTopK(5).withTypicalP(0.9f).withMinP(0.05f).withTopP(0.95f)),
            ""),
        Arguments.of(
            "xtc", four.withTruncation(Cuts.NONE.withTopK(4).withXtc(new Xtc(0.5f, 0.1f))), ""),
        Arguments.of("mirostat", few.withTruncation(new Mirostat(2, 0.5f)), ""),
        Arguments.of("grammar", SamplerSettings.DEFAULTS, "root ::= [a-d] [b-e] [a-c]"));
  }

  /// Three tokens by 2000 seeds each, with a draft model of other weights and without: what came
  /// how often, in a chi-squared test of two samples. A right sampler fails it once in 10,000 seeds
  /// of this test, and the seeds are fixed. The drafts alone, as a control, fail by far.
  @ParameterizedTest(name = "{0}")
  @MethodSource("samplers")
  void draftModelLeavesDistributionAsItIs(String name, SamplerSettings sampler, String grammar)
      throws IOException {
    try (var model = model("llama");
        var other = model("mistral-sliding");
        var session = session(model, 16);
        var own = session(other, 16)) {
      var tokenizer =
          grammar.isEmpty() ? Optional.<Tokenizer>empty() : Optional.of(Tokenizer.bytes());
      var parsed =
          grammar.isEmpty() ? Optional.<Grammar>empty() : Optional.of(Grammar.parse(grammar));
      Optional<Drafter> drafter = Optional.of(new ModelDrafter(own, tokenizer, 3));
      var plain = new HashMap<List<Integer>, Integer>();
      var drafted = new HashMap<List<Integer>, Integer>();
      var drafts = new HashMap<List<Integer>, Integer>();
      int accepted = 0;
      int all = 0;
      for (int seed = 0; seed < 2000; seed++) {
        var settings =
            new GenerationSettings(3, List.of(), List.of(), sampler.withSeed(seed), parsed);
        var alone = new Generator(session, tokenizer, settings).generate(PROMPT, text -> {});
        plain.merge(alone.ids(), 1, Integer::sum);
        var again = settings.withSampler(sampler.withSeed(seed + 1_000_000L));
        var helped = new Generator(session, tokenizer, again, drafter).generate(PROMPT, text -> {});
        drafted.merge(helped.ids(), 1, Integer::sum);
        accepted += helped.acceptance().orElseThrow().accepted();
        all += helped.acceptance().orElseThrow().drafted();
        if (seed % 2 == 0) {
          var byDraft = new Generator(own, tokenizer, again).generate(PROMPT, text -> {});
          drafts.merge(byDraft.ids(), 1, Integer::sum);
        }
      }
      assertTrue(accepted > 100 && accepted < all - 100, accepted + " of " + all + " accepted");
      var test = ChiSquared.ofTwo(plain, drafted);
      assertTrue(test.statistic() < test.limit(), name + ": " + test);
      var control = ChiSquared.ofTwo(plain, drafts);
      assertTrue(
          control.statistic() > 1.5 * control.limit(), "control of " + name + ": " + control);
    }
  }

  /// Whether two samples of counts are of one distribution. Kinds that came fewer than 16 times in
  /// both together count as one.
  private record ChiSquared(double statistic, int freedoms) {
    static <T> ChiSquared ofTwo(Map<T, Integer> one, Map<T, Integer> two) {
      double total1 = one.values().stream().mapToInt(n -> n).sum();
      double total2 = two.values().stream().mapToInt(n -> n).sum();
      var kinds = new HashMap<T, Integer>(one);
      two.forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
      double sum = 0;
      int cells = 0;
      double rare1 = 0;
      double rare2 = 0;
      for (var kind : kinds.entrySet()) {
        int count1 = one.getOrDefault(kind.getKey(), 0);
        int count2 = two.getOrDefault(kind.getKey(), 0);
        if (kind.getValue() < 16) {
          rare1 += count1;
          rare2 += count2;
        } else {
          sum += term(count1, total1, count2, total2);
          cells++;
        }
      }
      if (rare1 + rare2 >= 16) {
        sum += term(rare1, total1, rare2, total2);
        cells++;
      }
      return new ChiSquared(sum, cells - 1);
    }

    private static double term(double count1, double total1, double count2, double total2) {
      double scaled = count1 * Math.sqrt(total2 / total1) - count2 * Math.sqrt(total1 / total2);
      return scaled * scaled / (count1 + count2);
    }

    /// What it exceeds once in 10,000 times, by the cube of Wilson and Hilferty (1931).
    double limit() {
      double part = 2.0 / (9 * freedoms);
      return freedoms * Math.pow(1 - part + 3.719 * Math.sqrt(part), 3);
    }
  }

  @Test
  void contextLimitHoldsWithDrafts() throws IOException {
    try (var model = model("llama");
        var session = session(model, 13);
        var small = session(model, 9)) {
      var settings = settings(100, greedy());
      var plain = generate(session, settings, Optional.empty(), PROMPT);
      assertEquals(StopReason.CONTEXT, plain.stopReason());
      for (var drafter :
          List.of(new NgramDrafter(15, 2, 1), new ModelDrafter(small, Optional.empty(), 15))) {
        var drafted = generate(session, settings, Optional.of(drafter), PROMPT);
        assertEquals(plain.ids(), drafted.ids());
        assertEquals(StopReason.CONTEXT, drafted.stopReason());
        assertEquals(13, session.length());
      }
    }
  }

  @Test
  void endTokensEndDraftedText() throws IOException {
    try (var model = model("llama");
        var session = session(model, 64);
        var own = session(model, 64)) {
      var ids = generate(session, settings(30, greedy()), Optional.empty(), PROMPT).ids();
      int end = ids.get(9);
      var settings = new GenerationSettings(30, List.of(), List.of(end), greedy());
      var drafter = new ModelDrafter(own, Optional.empty(), 15);
      var drafted = generate(session, settings, Optional.of(drafter), PROMPT);
      assertEquals(StopReason.END_TOKEN, drafted.stopReason());
      assertEquals(ids.subList(0, ids.indexOf(end)), drafted.ids());
      assertEquals(PROMPT.length + drafted.ids().size(), session.length());
    }
  }

  @Test
  void stopStringsEndDraftedText() throws IOException {
    try (var model = model("llama");
        var session = session(model, 64);
        var own = session(model, 64)) {
      var tokenizer = Optional.of(GeneratorTest.tokenizer());
      var all =
          new Generator(session, tokenizer, settings(30, greedy()))
              .generate(PROMPT, text -> {})
              .text();
      var stop = all.substring(all.length() / 2, all.length() / 2 + 2);
      var settings = new GenerationSettings(30, List.of(stop), List.of(), greedy());
      session.truncate(0);
      var plain = new Generator(session, tokenizer, settings).generate(PROMPT, text -> {});
      int length = session.length();
      session.truncate(0);
      Optional<Drafter> drafter = Optional.of(new ModelDrafter(own, tokenizer, 15));
      var drafted =
          new Generator(session, tokenizer, settings, drafter).generate(PROMPT, text -> {});
      assertEquals(StopReason.STOP_TEXT, drafted.stopReason());
      assertEquals(plain.text(), drafted.text());
      assertEquals(length, session.length());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral-sliding"})
  void chatsAnswerTheSameWithDrafts(String name) throws IOException {
    try (var model = model(name);
        var plainSession = session(model, 100);
        var session = session(model, 100);
        var own = session(model, 100)) {
      var tokenizer = GeneratorTest.tokenizer();
      var plain = new ChatSession(plainSession, tokenizer, Optional.empty());
      var drafter = new ModelDrafter(own, Optional.of(tokenizer), 4);
      var drafted = new ChatSession(session, tokenizer, Optional.empty(), Optional.of(drafter));
      for (var question : List.of("abc", "abcd", "xyz 0123456789 abcdef", "abc")) {
        var settings = settings(12, greedy());
        var expected = plain.ask(question, settings, text -> {});
        assertEquals(expected.ids(), drafted.ask(question, settings, text -> {}).ids());
        assertEquals(plain.used(), drafted.used());
      }
    }
  }

  @Test
  void interruptionLeavesSessionAtText() throws IOException {
    try (var model = model("llama");
        var session = session(model, 64)) {
      var tokenizer = GeneratorTest.tokenizer();
      var drafter = Optional.<Drafter>of(new NgramDrafter(8, 2, 1));
      var generator =
          new Generator(session, Optional.of(tokenizer), settings(50, greedy()), drafter);
      var seen = new StringBuilder();
      var generation =
          generator.generate(
              PROMPT,
              text -> {
                if (seen.append(text).length() > 10) {
                  generator.interrupt();
                }
              });
      assertEquals(StopReason.INTERRUPTED, generation.stopReason());
      int written = generation.ids().size();
      assertTrue(written < 50, "tokens " + written);
      assertEquals(PROMPT.length + written - 1, session.length());
    }
  }

  @Test
  void otherVocabulariesAreRefused() throws IOException {
    try (var model = model("llama");
        var session = session(model, 32);
        var own = session(model, 32)) {
      var drafter = new ModelDrafter(own, Optional.of(Tokenizer.bytes()), 4);
      var letters = Tokenizer.characters(List.of("abc"));
      var settings = settings(5, greedy());
      var other =
          assertThrows(
              IllegalArgumentException.class,
              () -> new Generator(session, Optional.of(letters), settings, Optional.of(drafter)));
      assertEquals(
          "token 0 of the draft model is not that of the model: a draft model must have the model's"
              + " tokenizer; name another, or draft by n-grams",
          other.getMessage());
      var without = new ModelDrafter(own, Optional.empty(), 4);
      var missing =
          assertThrows(
              IllegalArgumentException.class,
              () -> new Generator(session, Optional.of(letters), settings, Optional.of(without)));
      assertTrue(missing.getMessage().startsWith("the draft model has no tokenizer: "));
      var sizes =
          assertThrows(
              IllegalArgumentException.class, () -> drafter.requireVocabulary(7, Optional.empty()));
      assertEquals(
          "the draft model has a vocabulary of %d and the model one of 7: a draft model must have"
                  .formatted(session.vocabularySize())
              + " the model's tokenizer and number of ids; name another, or draft by n-grams",
          sizes.getMessage());
    }
  }

  @Test
  void lengthsOutOfRangeAreRefused() {
    var long16 = assertThrows(IllegalArgumentException.class, () -> new NgramDrafter(16));
    assertEquals("`draftTokens` is 16, and must be from 1 to 15", long16.getMessage());
    var backwards = assertThrows(IllegalArgumentException.class, () -> new NgramDrafter(4, 1, 2));
    assertEquals(
        "n-grams of 2 to 1 tokens: give lengths from 1 to 16, the shortest first",
        backwards.getMessage());
  }

  /// The index against a search from the end, on texts of few letters that grow.
  @Test
  void ngramsAreFoundWhereSearchFindsThem() {
    var random = new SplittableRandom(5);
    for (int letters : new int[] {2, 3, 10}) {
      var text = IntStream.range(0, 300).map(i -> random.nextInt(letters)).toArray();
      var drafter = new NgramDrafter(3, 4, 2);
      var draft = new Draft(List.of());
      for (int length = 1; length < 290; length += 1 + random.nextInt(3)) {
        draft.begin(3, Optional.empty());
        drafter.draft(draft, text, length);
        int place = naive(text, length);
        assertEquals(place > 0 ? 3 : 0, draft.count(), "length " + length);
        for (int i = 0; i < draft.count(); i++) {
          int from = place + i;
          int expected = from < length ? text[from] : draft.token(from - length);
          assertEquals(expected, draft.token(i), "length " + length);
        }
      }
    }
  }

  private static int naive(int[] text, int length) {
    for (int n = Math.min(4, length - 1); n >= 2; n--) {
      for (int place = length - 1; place >= n; place--) {
        if (Arrays.equals(text, place - n, place, text, length - n, length)) {
          return place;
        }
      }
    }
    return 0;
  }
}
