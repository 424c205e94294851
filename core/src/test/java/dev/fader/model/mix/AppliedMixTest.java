package dev.fader.model.mix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.model.TinyModels;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AppliedMixTest {
  private static final long SEED = 20261130;
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9};

  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Tape tape = new Tape(kernels, arena, Tape.Mode.INFER);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    workers.close();
    arena.close();
    assertEquals(List.of(), memory.openArenas());
  }

  static List<ModelConfig> configs() {
    return TinyModels.all();
  }

  private Parameters table(ModelConfig config) {
    return TinyModels.random(config, arena, random);
  }

  private Decoder mixed(Mix mix, Parameters table) {
    var applied = AppliedMix.of(mix, table, arena);
    var plain = new Decoder(table, arena);
    var decoder =
        applied.entries().map(some -> plain.with(List.of(some), kernels, arena)).orElse(plain);
    return applied.flow().map(decoder::intervened).orElse(decoder);
  }

  /// (rows, vocabulary)
  private float[] logits(Decoder decoder) {
    var block = TokenBlock.ofSequences(TinyModels.ids(arena, IDS), 1, IDS.length);
    var states = decoder.forward(tape, block);
    float cap = decoder.config().embedding().logitSoftCap();
    var logits = tape.logits(states, decoder.head(tape), cap).value().toArray();
    tape.clear();
    return logits;
  }

  private static Fader fader(String target, double gain) {
    return Fader.of(Target.parse(target), new Level.Constant(gain));
  }

  private static Mix mix(Fader... faders) {
    return new Mix(List.of(faders), List.of(), List.of());
  }

  /// All kinds of what flows, as far as a model has them.
  private static Mix board(ModelConfig config) {
    var faders = new ArrayList<Fader>();
    faders.add(fader("layers.0", 0.7));
    faders.add(fader("layers.1.attention", -0.5));
    faders.add(fader("layers.*.feed-forward", 1.5).withLevel(Level.parse("-3dB")));
    faders.add(fader("layers.0-1.heads.1", 0.25));
    faders.add(fader("layers.1.heads.0", 1).withMuted(true));
    for (int layer = 0; layer < config.layers(); layer++) {
      if (MixFactors.count(Target.Part.NEURONS, config, layer) > 0) {
        faders.add(fader("layers." + layer + ".neurons.0,3-5", 2));
      }
      if (MixFactors.count(Target.Part.EXPERTS, config, layer) > 0) {
        faders.add(fader("layers." + layer + ".experts.0", 0.3));
      }
    }
    return new Mix(faders, List.of(), List.of());
  }

  /// With all faders in their middle nothing is copied or recorded, so that it is the same decoder.
  @ParameterizedTest
  @MethodSource("configs")
  void faderAtOneIsNothing(ModelConfig config) {
    var table = table(config);
    var neutral = new ArrayList<Fader>();
    for (var fader : board(config).faders()) {
      neutral.add(fader.withLevel(Level.NEUTRAL).withMuted(false));
    }
    neutral.add(fader("tensors..*", 1));
    var applied = AppliedMix.of(new Mix(neutral, List.of(), List.of()), table, arena);
    assertTrue(applied.entries().isEmpty());
    assertTrue(applied.flow().isEmpty());
  }

  /// Two ways that share nothing but the factors: where numbers flow, and in the weights. Sums of
  /// rounded products are a few units of the sixth digit apart after some layers; logits are of the
  /// order of 1 to 10.
  @ParameterizedTest
  @MethodSource("configs")
  void inTheWeightsItIsWhatItIsInTheFlow(ModelConfig config) {
    var table = table(config);
    var board = board(config);
    if (config.sharedLayers() > 1) {
      assertThrows(MixException.class, () -> FoldedMix.fold(board, table, arena));
      return;
    }
    var flowing = logits(mixed(board, table));
    var folded = logits(new Decoder(FoldedMix.fold(board, table, arena), arena));
    assertArrayEquals(flowing, folded, 2e-4f, "seed " + SEED);
    assertFalse(Arrays.equals(flowing, logits(new Decoder(table, arena))));
  }

  /// GPT-2 ends its layers in a bias.
  @Test
  void steeringBecomesPartOfABias() {
    var table = table(TinyModels.gpt2());
    var vector = new ArrayList<>(Collections.nCopies(table.config().width(), 0f));
    vector.set(2, 1.5f);
    vector.set(7, -0.5f);
    var steering = new Steering(Selection.parse("1-2"), vector, 0.75f);
    var mix = Mix.NEUTRAL.with(steering);
    var flowing = logits(mixed(mix, table));
    var folded = logits(new Decoder(FoldedMix.fold(mix, table, arena), arena));
    assertArrayEquals(flowing, folded, 1e-4f);
    assertFalse(Arrays.equals(flowing, logits(new Decoder(table, arena))));
    var llama = table(TinyModels.llama());
    var wide = new Steering(Selection.of(1), Collections.nCopies(llama.config().width(), 1f), 1);
    var refused =
        assertThrows(
            MixException.class, () -> FoldedMix.fold(Mix.NEUTRAL.with(wide), llama, arena));
    assertEquals(
        "a steering vector before layer 1 cannot be in the weights of this model, which have no bias there: use the mix beside it",
        refused.getMessage());
  }

  /// A cell of the head moves one logit, by what arithmetic says: the change of the weight times
  /// the number that flows into its column. Float32 products of 28 terms of order 1 round by 1e-6.
  @Test
  void oneCellMovesOneLogitByWhatArithmeticSays() {
    var table = table(TinyModels.llama());
    var head = table.weight(Role.HEAD).value();
    int width = table.config().width();
    float before = head.get(5L * width + 3);
    var cell = new CellValue("lm_head.weight", 5, 3, before + 0.25f);
    var plain = new Decoder(table, arena);
    var states =
        plain
            .forward(tape, TokenBlock.ofSequences(TinyModels.ids(arena, IDS), 1, IDS.length))
            .value()
            .toArray();
    tape.clear();
    var without = logits(plain);
    var with = logits(mixed(Mix.NEUTRAL.with(cell), table));
    int vocabulary = table.config().vocabularySize();
    for (int row = 0; row < IDS.length; row++) {
      for (int id = 0; id < vocabulary; id++) {
        float moved = with[row * vocabulary + id] - without[row * vocabulary + id];
        assertEquals(id == 5 ? 0.25f * states[row * width + 3] : 0, moved, id == 5 ? 1e-5 : 0);
      }
    }
  }

  /// Rows and columns of tensors, against the same done by hand; a tied embedding is the head, too.
  @Test
  void rowsAndColumnsAreThoseOfTheTable() {
    var table = table(TinyModels.gpt2());
    var mix =
        mix(
            fader("embedding.4", 0.5),
            fader("tensors.h\\.1\\.mlp\\.c_fc\\.weight[2][0-6]", 3),
            fader("tensors.ln_f.bias[0][1]", -1),
            fader("tensors.h\\.0\\.attn\\.c_proj\\.weight[*][4]", 0));
    var mixed = mixed(mix, table);
    var embedding = table.weight(Role.TOKEN_EMBEDDING).value();
    var copy = mixed.parameters().weight(Role.TOKEN_EMBEDDING).value();
    int width = table.config().width();
    for (int i = 0; i < embedding.elements(); i++) {
      assertEquals(embedding.get(i) * (i / width == 4 ? 0.5f : 1), copy.get(i));
    }
    var up = table.get("transformer.h.1.mlp.c_fc.weight").value();
    var upCopy = mixed.parameters().get("transformer.h.1.mlp.c_fc.weight").value();
    int columns = up.shape().size(1);
    for (int i = 0; i < up.elements(); i++) {
      boolean turned = i / columns == 2 && i % columns < 7;
      assertEquals(up.get(i) * (turned ? 3 : 1), upCopy.get(i));
    }
    assertEquals(
        -table.get("transformer.ln_f.bias").value().get(1),
        mixed.parameters().get("transformer.ln_f.bias").value().get(1));
    var output = mixed.parameters().get("transformer.h.0.attn.c_proj.weight").value();
    assertEquals(0, output.get(4));
    assertEquals(0, output.get(width + 4));
    assertSame(
        table.get("transformer.h.0.mlp.c_proj.weight").value(),
        mixed.parameters().get("transformer.h.0.mlp.c_proj.weight").value());
  }

  @Test
  void soloSilencesTheOthersOfItsKindInItsLayers() {
    var config = TinyModels.llama(); // 4 layers, 6 heads
    var factors =
        MixFactors.of(
            mix(
                fader("layers.1.heads.2", 0.5).withSoloed(true),
                fader("layers.1.heads.4", 1).withSoloed(true).withMuted(true),
                fader("layers.*.heads.5", 3)),
            config);
    assertArrayEquals(new float[] {0, 0, 0.5f, 0, 0, 0}, factors.parts(Target.Part.HEADS, 1));
    assertArrayEquals(new float[] {1, 1, 1, 1, 1, 3}, factors.parts(Target.Part.HEADS, 2));
    var branches = MixFactors.of(mix(fader("layers.2.attention", 1).withSoloed(true)), config);
    for (int layer = 0; layer < 4; layer++) {
      assertEquals(layer == 2 ? 1 : 0, branches.branch(Site.ATTENTION, layer));
      assertEquals(0, branches.branch(Site.FEED_FORWARD, layer));
    }
  }

  @Test
  void adaptersAreTurnedBySoloAndGain() {
    var mix = mix(fader("adapters.0-1", 0.5), fader("adapters.1", 3));
    assertEquals(List.of(0.5, 1.5, 1.0), mix.adapterGains(3));
    var solo = mix.with(fader("adapters.2", 2).withSoloed(true));
    assertEquals(List.of(0.0, 0.0, 2.0), solo.adapterGains(3));
    var wrong = assertThrows(MixException.class, () -> mix.adapterGains(0));
    assertEquals(
        "the mix turns adapter 1, which is not there: this model has none", wrong.getMessage());
  }

  @Test
  void whatIsNotThereIsNamed() {
    var table = table(TinyModels.llama());
    assertRefused(
        table, "layers.4", "the mix turns layer 4, which is not there: this model has 0 to 3");
    assertRefused(
        table,
        "layers.0.heads.6",
        "the mix turns head 6, which is not there: this model has 0 to 5");
    assertRefused(
        table,
        "layers.0.neurons.37",
        "the mix turns neuron 37, which is not there: this model has 0 to 36");
    assertRefused(
        table,
        "layers.0.experts.*",
        "the mix turns layers.0.experts.*, and there are no experts in these layers of this model");
    assertRefused(
        table,
        "embedding.31",
        "the mix turns model.embed_tokens.weight row 31, which is not there: this model has 0 to 30");
    assertRefused(
        table,
        "tensors.lm_head[0][28]",
        "the mix turns lm_head.weight column 28, which is not there: this model has 0 to 27");
    assertRefused(
        table,
        "tensors.wrong",
        "the mix turns tensors.wrong, and this model has no such tensor; one is called model.layers.2.input_layernorm.weight, and fader inspect names all");
    assertRefused(
        table, "tensors.(", "'(' is no regular expression that is understood: lacks a ')'");
  }

  private void assertRefused(Parameters table, String target, String message) {
    var wrong =
        assertThrows(
            MixException.class, () -> AppliedMix.of(mix(fader(target, 0.5)), table, arena));
    assertEquals(message, wrong.getMessage());
  }
}
