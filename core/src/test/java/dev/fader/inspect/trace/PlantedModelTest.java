package dev.fader.inspect.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.trace.HeadRoles.Name;
import dev.fader.inspect.trace.LogitAttribution.Source;
import dev.fader.kernel.Engine;
import dev.fader.model.Site;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Every view must show what was written into [PlantedModel], where it was written, and nothing
/// else.
class PlantedModelTest {
  private static final int A = 2;
  private static final int B = 9;
  private static final int C = 13;
  private static final int D = 20;

  /// The second A is followed by what followed the first.
  private static final int[] COPIED = {PlantedModel.START, A, B, C, A};

  private static final int[] OTHER = {PlantedModel.START, A, D, C, A};
  private static final int[] KNOWN = {PlantedModel.START, B, C, PlantedModel.KEY};

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Engine engine = new Engine(2, memory);
  private final TensorArena arena = memory.open("test");
  private final TracedModel model = PlantedModel.of(engine, arena);

  @AfterEach
  void close() {
    engine.close();
    arena.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private List<LogitLens.Reading> lens(int[] ids) {
    var column = LogitLens.of(model, ids, LogitLens.Question.ofLast(ids, 2)).columns().getFirst();
    return column.readings();
  }

  /// Before its layer a fact has the probability of any token: 1 in 24.
  @Test
  void theLensShowsTheFactAtItsLayer() {
    var readings = lens(KNOWN);
    for (int layers = 0; layers <= 2; layers++) {
      assertEquals(1.0 / PlantedModel.VOCABULARY, readings.get(layers).probability(), 0.02);
    }
    assertEquals(PlantedModel.FACT, readings.get(3).top().getFirst().id());
    assertTrue(readings.get(3).probability() > 0.99, readings::toString);
  }

  @Test
  void theLensShowsTheCopyBehindItsHead() {
    var readings = lens(COPIED);
    for (int layers = 0; layers <= 1; layers++) {
      assertEquals(1.0 / PlantedModel.VOCABULARY, readings.get(layers).probability(), 0.02);
    }
    for (int layers = 2; layers <= 3; layers++) {
      assertEquals(B, readings.get(layers).top().getFirst().id());
      assertTrue(readings.get(layers).probability() > 0.99, readings::toString);
      assertEquals(1, readings.get(layers).rank());
    }
  }

  @Test
  void attributionNamesWhatSaysIt() {
    var fact = LogitAttribution.of(model, KNOWN, 3, TokenMeasure.logProbability(PlantedModel.FACT));
    assertOne(fact, Source.FEED_FORWARD, 2, 0);
    var copy = LogitAttribution.of(model, COPIED, 4, TokenMeasure.logitDifference(B, D));
    assertOne(copy, Source.HEAD, 1, 1);
  }

  private static void assertOne(LogitAttribution attribution, Source source, int layer, int head) {
    var largest =
        attribution.parts().stream()
            .max(Comparator.comparingDouble(part -> Math.abs(part.logit())))
            .orElseThrow();
    assertEquals(source, largest.source());
    assertEquals(layer, largest.layer());
    assertEquals(head, largest.head());
    assertEquals(attribution.logit(), largest.logit(), 0.01 * attribution.logit());
    assertTrue(attribution.logit() > 5, attribution::toString);
  }

  @Test
  void attentionIsWhereItWasWritten() {
    var previous = AttentionMap.of(model, COPIED, 0, 0).weights();
    for (int t = 1; t < COPIED.length; t++) {
      assertEquals(1, previous[t][t - 1], 1e-3);
    }
    var copying = AttentionMap.of(model, COPIED, 1, 1).weights();
    assertEquals(1, copying[4][2], 1e-3);
    assertEquals(1, copying[3][0], 1e-3); // nothing to copy: rests at the start
  }

  /// The difference between the texts stands at the token that differs until the copying head has
  /// moved it to the end.
  @Test
  void patchingFollowsTheFact() {
    var texts = new Patching.Texts(COPIED, OTHER);
    var asked = TokenMeasure.logitDifference(B, D);
    var grid = Patching.ofPositions(model, texts, Site.RESIDUAL, asked);
    assertTrue(grid.source() > 5 && grid.target() < -5, grid::toString);
    for (int layer = 0; layer < 3; layer++) {
      for (int position = 0; position < COPIED.length; position++) {
        boolean there = position == (layer < 2 ? 2 : 4);
        assertEquals(there ? 1 : 0, grid.share(layer, position), 0.01, layer + " " + position);
      }
    }
    var heads = Patching.ofHeads(model, texts, asked);
    for (int layer = 0; layer < 3; layer++) {
      for (int head = 0; head < 2; head++) {
        boolean copies = layer == 1 && head == 1;
        assertEquals(copies ? 1 : 0, heads.share(layer, head), 0.01, layer + " " + head);
      }
    }
  }

  /// A longer text is aligned at its end.
  @Test
  void patchingAlignsTextsAtTheirEnds() {
    int[] longer = {PlantedModel.START, 7, A, D, C, A};
    var texts = new Patching.Texts(COPIED, longer);
    var asked = TokenMeasure.logitDifference(B, D);
    var grid = Patching.ofPositions(model, texts, Site.RESIDUAL, asked);
    assertEquals(1, grid.share(2, 5), 0.01);
    assertEquals(0, grid.share(2, 0), 1e-6);
  }

  /// Two heads make the copy, one after the other; the fact is one network's.
  @Test
  void ablationFindsWhatIsNeeded() {
    var zero = new Ablation.Filling.Zero();
    var copy = Ablation.of(model, COPIED, TokenMeasure.logProbability(B), zero);
    assertTrue(copy.value() > -0.01, copy::toString);
    for (var loss : copy.losses()) {
      boolean needed =
          switch (loss.kind()) {
            case HEAD -> loss.layer() == loss.head() && loss.layer() < 2;
            case LAYER, ATTENTION -> loss.layer() < 2;
            case FEED_FORWARD -> false;
          };
      assertEquals(needed, loss.value() < -1, loss.toString());
    }
    var fact = TokenMeasure.logProbability(PlantedModel.FACT);
    for (var filling : List.of(zero, new Ablation.Filling.Other(COPIED))) {
      for (var loss : Ablation.of(model, KNOWN, fact, filling).losses()) {
        assertEquals(isOfTheFact(loss), loss.value() < -1, filling + " " + loss);
      }
    }
  }

  private static boolean isOfTheFact(Ablation.Loss loss) {
    boolean network =
        loss.kind() == Ablation.Kind.FEED_FORWARD || loss.kind() == Ablation.Kind.LAYER;
    return network && loss.layer() == 2;
  }

  /// One of four tokens says the fact, so that a quarter of it is the mean. In the stream stand
  /// three ones and what says the fact, f; the last norm makes `3 f sqrt(width / (3 + f * f))` of
  /// it.
  @Test
  void ablationByTheMeanLeavesTheMean() {
    var asked = TokenMeasure.logitDifference(PlantedModel.FACT, D);
    var mean = Ablation.of(model, KNOWN, asked, new Ablation.Filling.Mean());
    double most = 9.0 * model.config().width();
    double said = Math.sqrt(3 * mean.value() * mean.value() / (most - mean.value() * mean.value()));
    double quarter = Math.sqrt(most) * said / 4 / Math.sqrt(3 + said * said / 16);
    for (var loss : mean.losses()) {
      if (isOfTheFact(loss)) {
        assertEquals(quarter, loss.value(), 0.01 * quarter);
      }
    }
  }

  @Test
  void theTestFindsThePlantedHeads() {
    for (long seed : new long[] {1, 2, 3}) {
      for (var head : HeadRoles.of(model, seed).heads()) {
        List<Name> expected =
            head.layer() == 0 && head.head() == 0
                ? List.of(Name.PREVIOUS_TOKEN)
                : head.layer() == 1 && head.head() == 1 ? List.of(Name.INDUCTION) : List.of();
        assertEquals(expected, head.names(), "seed " + seed + " " + head.layer() + head.head());
        if (!expected.isEmpty()) {
          // The first token of texts is no token to copy, and one of sixteen here.
          assertTrue(head.score(expected.getFirst()) > 0.9, head::toString);
        }
      }
    }
  }

  /// The gradient points at the copying head and at the token that is copied; for the fact, at the
  /// network, its neuron and the key.
  @Test
  void sensitivityPointsAtWhatWasPlanted() {
    var copy = Sensitivity.of(model, COPIED, 4, TokenMeasure.logitDifference(B, D));
    assertEquals(1, strongest(copy, Sensitivity.Kind.HEAD).layer());
    assertEquals(1, strongest(copy, Sensitivity.Kind.HEAD).index());
    assertEquals(2, strongestToken(copy).position());
    assertEquals(B, strongestToken(copy).id());
    var known = Sensitivity.of(model, KNOWN, 3, TokenMeasure.logitDifference(PlantedModel.FACT, D));
    assertEquals(2, strongest(known, Sensitivity.Kind.FEED_FORWARD).layer());
    var neurons = known.neurons().get(2);
    for (int i = 0; i < neurons.length; i++) {
      assertEquals(i == PlantedModel.NEURON, neurons[i] > 0.1f, "neuron " + i);
    }
    for (var token : known.tokens()) {
      boolean isKey = token.position() == 3;
      assertEquals(isKey, Math.abs(token.slope()) > 1e-3, token.toString());
    }
  }

  private static Sensitivity.Dial strongest(Sensitivity sensitivity, Sensitivity.Kind kind) {
    return sensitivity.dials().stream()
        .filter(dial -> dial.kind() == kind)
        .max(Comparator.comparingDouble(Sensitivity.Dial::slope))
        .orElseThrow();
  }

  private static Sensitivity.Token strongestToken(Sensitivity sensitivity) {
    return sensitivity.tokens().stream()
        .max(Comparator.comparingDouble(Sensitivity.Token::slope))
        .orElseThrow();
  }

  /// What tells texts with the key from texts without makes the model say the fact where there is
  /// no key.
  @Test
  void steeringSaysTheFactWithoutTheKey() {
    int[] plain = {PlantedModel.START, B, C, D};
    var vector = SteeringVector.of(model, List.of(new SteeringVector.Pair(KNOWN, plain)), 2);
    assertTrue(vector.norm() > 1, "norm " + vector.norm());
    try (var pass = new TextPass(model, plain)) {
      var states = pass.run(vector.addition(arena, 2));
      var logits = pass.logits(states, 3);
      assertTrue(TokenMeasure.logitDifference(PlantedModel.FACT, D).of(logits) > 5);
    }
  }

  /// Only the last of the three tokens behind the first tells the texts apart, so that the mean
  /// over all of them is a third of its difference.
  @Test
  void overAllTokensItIsTheMean() {
    int[] plain = {PlantedModel.START, B, C, D};
    var pairs = List.of(new SteeringVector.Pair(KNOWN, plain));
    float[] last = SteeringVector.of(model, pairs, 2).direction();
    float[] all = SteeringVector.of(model, pairs, 2, SteeringVector.Over.ALL).direction();
    for (int i = 0; i < last.length; i++) {
      assertEquals(last[i] / 3, all[i], 1e-6);
    }
  }

  /// Shares of zeros and the largest number of the neurons of the last layer: one of seven is not
  /// zero, at the key.
  @Test
  void statisticsCountTheNeuron() {
    var neurons =
        SiteStatistics.of(model, KNOWN).stream()
            .filter(some -> some.place().equals(Site.NEURONS.in(2)))
            .findFirst()
            .orElseThrow();
    assertEquals(7, neurons.columns());
    assertEquals(27.0 / 28, neurons.zeros(), 1e-9);
    assertEquals(3, neurons.largestPosition());
    assertEquals(PlantedModel.NEURON, neurons.largestColumn());
    assertEquals(neurons.largest() / 28, neurons.mean(), 1e-6);
    assertEquals(neurons.largest() / 4, neurons.norm(), 1e-6);
    assertEquals(0, neurons.notFinite());
  }

  @Test
  void embeddingsWithoutAnythingInCommonHaveNoAngle() {
    var neighbours = EmbeddingNeighbours.of(model, KNOWN[3], 3);
    assertEquals(3, neighbours.neighbours().size());
    assertEquals(0, neighbours.neighbours().getFirst().id());
    assertEquals(0, neighbours.neighbours().getFirst().cosine(), 1e-9);
  }

  private static final List<int[]> CORPUS =
      List.of(new int[] {PlantedModel.START, B, C, D}, COPIED, KNOWN, OTHER);

  @Test
  void theNeuronOfTheFactAnswersToItsKey() {
    var neuron = new ActivatingTexts.Neuron(2, PlantedModel.NEURON);
    var found = ActivatingTexts.of(model, neuron, CORPUS, 2);
    assertEquals(4, found.read());
    assertEquals(4 + 5 + 4 + 5, found.tokens());
    assertEquals(2, found.texts().size());
    var first = found.texts().getFirst();
    assertEquals(2, first.number());
    assertEquals(3, first.strongest());
    assertEquals(KNOWN, first.ids());
    assertTrue(first.value() > 1, first::toString);
    // Once among all tokens: the mean is a part of it, and of those that are alike the first stays.
    assertEquals(1.0 / 18, found.above());
    assertEquals(first.value() / 18, found.mean(), 1e-6 * first.value());
    assertEquals(first.value() * Math.sqrt(17) / 18, found.deviation(), 1e-6 * first.value());
    assertEquals(0, found.texts().get(1).value());
    assertEquals(0, found.texts().get(1).number());
  }

  /// At rest the copying head looks at the start, which has nothing to gather.
  @Test
  void theCopyingHeadAnswersToWhatIsRepeated() {
    var found = ActivatingTexts.of(model, new ActivatingTexts.Head(1, 1), CORPUS, 4);
    var numbers = found.texts().stream().map(ActivatingTexts.Text::number).toList();
    assertEquals(List.of(1L, 3L), numbers.subList(0, 2).stream().sorted().toList());
    for (var text : found.texts()) {
      boolean copies = text.number() == 1 || text.number() == 3;
      assertEquals(copies, text.value() > 5, text::toString);
      assertTrue(!copies || text.strongest() == 4, text::toString);
    }
  }
}
