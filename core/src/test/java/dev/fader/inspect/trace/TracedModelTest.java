package dev.fader.inspect.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.generate.ContextFullException;
import dev.fader.kernel.Engine;
import dev.fader.model.Site;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What is wrong with a question is said before anything is computed.
class TracedModelTest {
  private static final int[] TEXT = {0, 1, 2};
  private static final TokenMeasure ONE = TokenMeasure.logProbability(1);

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Engine engine = new Engine(1, memory);
  private final TensorArena arena = memory.open("test");
  private final TracedModel model = PlantedModel.of(engine, arena);

  @AfterEach
  void close() {
    engine.close();
    arena.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static void refuses(String message, Executable question) {
    var thrown = assertThrows(IllegalArgumentException.class, question);
    assertEquals(message, thrown.getMessage());
  }

  @Test
  void tokensAndPositions() {
    refuses("the text has no tokens: give some", () -> SiteStatistics.of(model, new int[0]));
    refuses(
        "token 24 is not in the vocabulary of 24: give ids from 0 to 23",
        () -> Sensitivity.of(model, new int[] {1, 24}, 1, ONE));
    refuses(
        "token -1 is not in the vocabulary of 24: give ids from 0 to 23",
        () -> LogitAttribution.of(model, TEXT, 2, TokenMeasure.logitDifference(3, -1)));
    refuses(
        "position 3 is outside the 3 tokens: give one from 0 to 2",
        () -> LogitAttribution.of(model, TEXT, 3, ONE));
    refuses(
        "position -1 is outside the 3 tokens: give one from 0 to 2",
        () -> Sensitivity.of(model, TEXT, -1, ONE));
    var full =
        assertThrows(ContextFullException.class, () -> AttentionMap.of(model, new int[34], 0, 0));
    assertEquals(
        "34 tokens do not fit a context of 33, of which 0 are used: shorten the prompt",
        full.getMessage());
  }

  @Test
  void layersAndHeads() {
    refuses(
        "there is no layer 3: the model has layers 0 to 2",
        () -> AttentionMap.of(model, TEXT, 3, 0));
    refuses(
        "there is no head 2: each layer has heads 0 to 1",
        () -> AttentionMap.of(model, TEXT, 0, 2));
    refuses(
        "an attention map of 8193 tokens: give at most 8192",
        () -> AttentionMap.of(model, new int[8193], 0, 0));
    refuses(
        "no pairs of texts to tell apart: give at least one",
        () -> SteeringVector.of(model, List.of(), 1));
    refuses(
        "positions of HEADS are not patched: choose RESIDUAL, ATTENTION, BETWEEN or FEED_FORWARD",
        () -> Patching.ofPositions(model, new Patching.Texts(TEXT, TEXT), Site.HEADS, ONE));
  }

  @Test
  void counts() {
    refuses(
        "the 25 most probable of 24 tokens: give a number from 0 to 24",
        () -> LogitLens.of(model, TEXT, LogitLens.Question.ofLast(TEXT, 25)));
    refuses(
        "no positions to read: give some",
        () ->
            LogitLens.of(model, TEXT, new LogitLens.Question(new int[0], 1, OptionalInt.empty())));
    refuses(
        "0 neighbours among 24 tokens: give a number from 1 to 24",
        () -> EmbeddingNeighbours.of(model, 1, 0));
    var neuron = new ActivatingTexts.Neuron(1, 7);
    refuses(
        "there is no neuron 7: layer 1 has neurons 0 to 6",
        () -> ActivatingTexts.of(model, neuron, List.of(TEXT), 1));
    var head = new ActivatingTexts.Head(1, 1);
    refuses(
        "0 texts are none: ask for at least one",
        () -> ActivatingTexts.of(model, head, List.of(TEXT), 0));
  }

  @Test
  void textsNeedATokenizer() {
    var thrown = assertThrows(IllegalStateException.class, () -> model.tokens("a text"));
    assertEquals(
        "the model has no tokenizer: put its tokenizer.json beside config.json, or give token ids",
        thrown.getMessage());
  }
}
