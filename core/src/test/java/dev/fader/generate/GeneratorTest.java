package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GeneratorTest {
  @TempDir private Path folder;
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static Path model(String name) {
    var url = GeneratorTest.class.getResource("/golden/models/" + name);
    try {
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static List<Integer> list(JsonNode array) {
    var list = new ArrayList<Integer>();
    array.forEach(node -> list.add(node.intValue()));
    return list;
  }

  /// Of as many tokens as the models have.
  static Tokenizer tokenizer() {
    return Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
  }

  private static GenerationSettings greedy(int tokens, List<String> stops) {
    return new GenerationSettings(tokens, stops, List.of(), SamplerSettings.DEFAULTS.greedy());
  }

  @ParameterizedTest
  @MethodSource("dev.fader.model.Golden#models")
  void greedyContinuationsAreThoseOfTransformers(String name) throws IOException {
    var golden = JsonMapper.shared().readTree(model(name).resolve("golden.json").toFile());
    var prompt = list(golden.get("input_ids")).stream().mapToInt(id -> id).toArray();
    var expected = list(golden.get("greedy_ids"));
    try (var model = LoadedModel.open(model(name), memory);
        var session = new Session(model.decoder(), kernels, memory, 128)) {
      var generator = new Generator(session, Optional.empty(), greedy(expected.size(), List.of()));
      var generation = generator.generate(prompt, text -> {});
      assertEquals(expected, generation.ids());
      assertEquals(Generation.StopReason.LENGTH, generation.stopReason());
      assertEquals(prompt.length, generation.promptTokens());
      assertEquals("", generation.text());
    }
  }

  @Test
  void generationEndsAtContextLimit() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 13)) {
      var generator = new Generator(session, Optional.empty(), greedy(100, List.of()));
      var generation = generator.generate(new int[] {5, 6, 7}, text -> {});
      assertEquals(Generation.StopReason.CONTEXT, generation.stopReason());
      assertEquals(11, generation.ids().size(), "ten that were read and one more");
      session.truncate(0);
      var endless = new Generator(session, Optional.empty(), greedy(Integer.MAX_VALUE, List.of()));
      assertEquals(generation.ids(), endless.generate(new int[] {5, 6, 7}, text -> {}).ids());
    }
  }

  @Test
  void generationEndsAtEndToken() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 60)) {
      var free = new Generator(session, Optional.empty(), greedy(9, List.of()));
      var ids = free.generate(new int[] {5, 6, 7}, text -> {}).ids();
      int end = ids.get(5);
      session.truncate(0);
      var settings =
          new GenerationSettings(9, List.of(), List.of(end), SamplerSettings.DEFAULTS.greedy());
      var generation =
          new Generator(session, Optional.empty(), settings)
              .generate(new int[] {5, 6, 7}, text -> {});
      assertEquals(Generation.StopReason.END_TOKEN, generation.stopReason());
      assertEquals(ids.subList(0, ids.indexOf(end)), generation.ids());
    }
  }

  @Test
  void textStreamsWholeCharactersUntilStopString() throws IOException {
    var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
    assertEquals(384, tokenizer.vocabularySize());
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      var pieces = new StringBuilder();
      var all =
          new Generator(session, Optional.of(tokenizer), greedy(40, List.of()))
              .generate(new int[] {5, 6, 7}, pieces::append);
      assertEquals(all.text(), pieces.toString());
      var ids = all.ids().stream().mapToInt(id -> id).toArray();
      assertEquals(tokenizer.decode(ids), all.text());
      assertTrue(all.text().length() > 4);
      int middle = all.text().length() / 2;
      String stop = all.text().substring(middle, middle + 2);
      session.truncate(0);
      var stopped =
          new Generator(session, Optional.of(tokenizer), greedy(40, List.of(stop)))
              .generate(new int[] {5, 6, 7}, text -> {});
      assertEquals(Generation.StopReason.STOP_TEXT, stopped.stopReason());
      assertEquals(all.text().substring(0, all.text().indexOf(stop)), stopped.text());
    }
  }

  /// Models have padded vocabularies, such as Qwen's of 151,936 ids for 151,669 tokens.
  @Test
  void tokensBeyondTheTokenizerHaveNoText() throws IOException {
    var small = Tokenizer.trainBytePairs(new BytePairTraining(300, 2), List.of(words()));
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      var pieces = new StringBuilder();
      var drawn =
          new GenerationSettings(
              40, List.of(), List.of(), SamplerSettings.DEFAULTS.withSeed(20261129));
      var generation =
          new Generator(session, Optional.of(small), drawn)
              .generate(new int[] {5, 6, 7}, pieces::append);
      assertEquals(40, generation.ids().size());
      assertTrue(generation.ids().stream().anyMatch(id -> id >= 300), "none is beyond");
      int[] known = generation.ids().stream().mapToInt(id -> id).filter(id -> id < 300).toArray();
      assertEquals(small.decode(known), pieces.toString());
    }
  }

  @Test
  void promptLongerThanContextIsRefused() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 13)) {
      session.read(1, 2, 3);
      var full = assertThrows(ContextFullException.class, () -> session.read(new int[11]));
      assertEquals(
          "11 tokens do not fit a context of 13, of which 3 are used: shorten the prompt",
          full.getMessage());
      assertEquals(3, session.length());
      var outside = assertThrows(IllegalArgumentException.class, () -> session.read(4, 384));
      assertEquals(
          "token id 384 at position 1 is outside the vocabulary of 384: give ids from 0 to 383",
          outside.getMessage());
    }
  }

  @Test
  void commonPrefixIsReadOnce() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 60);
        var fresh = new Session(model.decoder(), kernels, memory, 60)) {
      var generator = new Generator(session, Optional.empty(), greedy(9, List.of()));
      var first = generator.generate(new int[] {5, 6, 7, 8}, text -> {});
      assertEquals(0, first.reusedTokens());
      assertEquals(12, session.length(), "the last of nine new tokens is not read");
      var told = new ArrayList<>(List.of(5, 6, 7, 8));
      told.addAll(first.ids().subList(0, 8));
      assertArrayEquals(told.stream().mapToInt(id -> id).toArray(), session.tokens());

      int[] other = {5, 6, 7, 9, 10};
      var second = generator.generate(other, text -> {});
      assertEquals(3, second.reusedTokens());
      assertEquals(5, second.promptTokens());
      var alone = new Generator(fresh, Optional.empty(), greedy(9, List.of()));
      assertEquals(alone.generate(other, text -> {}).ids(), second.ids());

      var again = generator.generate(other, text -> {});
      assertEquals(4, again.reusedTokens(), "the last token is read for its logits");
      assertEquals(second.ids(), again.ids());
    }
  }

  @Test
  void interruptEndsGeneration() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
      var generator = new Generator(session, Optional.of(tokenizer), greedy(40, List.of()));
      var pieces = new ArrayList<String>();
      var generation =
          generator.generate(
              new int[] {5, 6, 7},
              text -> {
                pieces.add(text);
                generator.interrupt();
              });
      assertEquals(Generation.StopReason.INTERRUPTED, generation.stopReason());
      assertEquals(String.join("", pieces), generation.text());
      assertTrue(generation.ids().size() < 40);
    }
  }

  @Test
  void interruptedPromptIsResumed() throws IOException {
    var prompt = IntStream.range(0, 90).map(i -> 7 * i % 60 + 3).toArray();
    try (var model = LoadedModel.open(model("llama"), memory);
        var whole = new Session(model.decoder(), kernels, memory, 100);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      whole.read(Arrays.copyOf(prompt, 40));
      float[] expected = whole.read(Arrays.copyOfRange(prompt, 40, 90));
      session.read(Arrays.copyOf(prompt, 40));
      var asked = new AtomicInteger();
      var rest = Arrays.copyOfRange(prompt, 40, 90);
      assertTrue(session.readUnless(() -> asked.incrementAndGet() == 2, rest).isEmpty());
      assertEquals(2, asked.get(), "the second of three layers was not run");
      assertArrayEquals(Arrays.copyOf(prompt, 40), session.tokens());
      assertArrayEquals(expected, session.readUnless(() -> false, rest).orElseThrow());

      var generator = new Generator(session, Optional.empty(), greedy(5, List.of()));
      generator.interrupt();
      var stopped = generator.generate(new int[] {9, 8, 7}, text -> {});
      assertEquals(Generation.StopReason.INTERRUPTED, stopped.stopReason());
      assertEquals(List.of(), stopped.ids());
      assertEquals(0, session.length());
      assertEquals(5, generator.generate(new int[] {9, 8, 7}, text -> {}).ids().size());
    }
  }

  @Test
  void interruptBeforeAnswerDropsQuestion() throws IOException {
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
      var file = folder.resolve("t.jinja");
      Files.writeString(file, "{% for m in messages %}{{ m.content }}{% endfor %}");
      var chat = new ChatSession(session, tokenizer, Optional.of(ChatTemplate.read(file)));
      var asking = new AtomicBoolean(true);
      var impatient =
          Thread.ofPlatform()
              .start(() -> {
                while (asking.get()) {
                  chat.interrupt();
                }
              });
      for (int i = 0; i < 5; i++) {
        chat.replaceConversation(Conversation.empty());
        var answer = chat.ask("ab", greedy(9, List.of()), text -> {});
        boolean begun = !answer.ids().isEmpty();
        assertEquals(begun ? 2 : 0, chat.conversation().messages().size());
      }
      asking.set(false);
      impatient.join();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Test
  void textMatchesGrammar() throws IOException {
    var grammar = Grammar.parse("root ::= [a-z]{3} \" \" [0-9]{2,5} \"é\"?");
    var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
    int end = tokenizer.endOfText().orElseThrow();
    try (var model = LoadedModel.open(model("llama"), memory);
        var session = new Session(model.decoder(), kernels, memory, 100)) {
      for (int seed = 0; seed < 10; seed++) {
        var settings =
            new GenerationSettings(
                50,
                List.of(),
                List.of(end),
                SamplerSettings.DEFAULTS.withSeed(seed),
                Optional.of(grammar));
        var generation =
            new Generator(session, Optional.of(tokenizer), settings)
                .generate(new int[] {5, 6, 7}, text -> {});
        assertTrue(grammar.accepts(generation.text()), "seed " + seed + ": " + generation.text());
        assertTrue(
            List.of(Generation.StopReason.END_TOKEN, Generation.StopReason.GRAMMAR)
                .contains(generation.stopReason()));
        assertTrue(
            !generation.text().endsWith("é")
                || generation.stopReason() == Generation.StopReason.GRAMMAR,
            "nothing may follow: " + generation);
      }
      var settings =
          new GenerationSettings(
              1, List.of(), List.of(), SamplerSettings.DEFAULTS, Optional.of(grammar));
      var error =
          assertThrows(
              IllegalArgumentException.class,
              () -> new Generator(session, Optional.empty(), settings));
      assertEquals(
          "a grammar needs a tokenizer, and the model has none: leave it out", error.getMessage());
    }
  }

  /// What controls a conversation is no text, though a grammar of anything would allow its letters.
  @Test
  void specialTokensSatisfyNoGrammar() {
    var tokenizer = Tokenizer.trainBytePairs(new BytePairTraining(384, 2), List.of(words()));
    int end = tokenizer.endOfText().orElseThrow();
    var anything = Grammar.parse("root ::= .*");
    var matcher = new GrammarMatcher(anything, GrammarTokens.of(tokenizer, 400), List.of());
    for (int id = 0; id < 400; id++) {
      boolean text = id < tokenizer.vocabularySize() && id != end;
      boolean whole = text && (tokenizer.bytes(id)[0] & 0xC0) != 0x80;
      assertEquals(whole && canBegin(tokenizer.bytes(id)[0] & 0xFF), matcher.allows(id), "" + id);
    }
  }

  /// Whether a character of UTF-8 can begin with this byte.
  private static boolean canBegin(int value) {
    return value < 0x80 || (value >= 0xC2 && value <= 0xF4);
  }

  private static String words() {
    var words = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      words.append(' ').append(Integer.toString(i * 7919, 36));
    }
    return words.toString();
  }

  @Test
  void predictionsMatchPrefixes() throws IOException {
    int[] ids = {84, 49, 13, 254, 232};
    try (var model = LoadedModel.open(model("qwen3"), memory);
        var session = new Session(model.decoder(), kernels, memory, 13)) {
      var predictions = Prediction.at(session, ids, List.of(0, 1, 2, 3, 4));
      assertEquals(ids.length, predictions.size());
      session.truncate(0);
      for (int i = 0; i < ids.length; i++) {
        var alone = Prediction.of(i, session.read(ids[i]));
        assertEquals(i, predictions.get(i).position());
        assertEquals(alone.top(1).getFirst().id(), predictions.get(i).top(1).getFirst().id());
        // The same sums in another order.
        assertEquals(alone.logSumExp(), predictions.get(i).logSumExp(), 1e-5);
      }
      double total = 0;
      for (var candidate : predictions.get(2).top(0)) {
        total += candidate.probability();
      }
      assertEquals(1, total, 1e-6);
    }
  }
}
