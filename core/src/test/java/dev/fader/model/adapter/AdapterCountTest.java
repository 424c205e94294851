package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.Families;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Published numbers of trained parameters, by arithmetic over published shapes.
class AdapterCountTest {
  private record Sizes(int vocabulary, int width, int layers, int heads, int groups, int hidden) {}

  private static final Sizes LLAMA_32_1B = new Sizes(128256, 2048, 16, 32, 8, 8192);
  private static final Sizes LLAMA_32_3B = new Sizes(128256, 3072, 28, 24, 8, 8192);
  private static final Sizes LLAMA_2_7B = new Sizes(32000, 4096, 32, 32, 32, 11008);
  private static final Sizes LLAMA_2_13B = new Sizes(32000, 5120, 40, 40, 40, 13824);
  private static final Sizes QWEN_25_3B = new Sizes(151936, 2048, 36, 16, 2, 11008);

  private static ModelConfig model(String family, Sizes sizes) {
    return new ModelConfig(
        Families.names(family),
        sizes.vocabulary,
        4096,
        sizes.width,
        sizes.layers,
        1,
        new ModelConfig.Attention(
            sizes.heads,
            sizes.groups,
            sizes.width / sizes.heads,
            family.equals("qwen2"),
            false,
            false,
            0.1f,
            0,
            Collections.nCopies(sizes.layers, 0)),
        new ModelConfig.FeedForward(sizes.hidden, Activation.SILU, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-5f, 0, false),
        new Positions.Rotary(10000, new RotaryScaling.None()),
        new ModelConfig.Embedding(true, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  private static void assertCount(
      long expected, AdapterMethod method, String targets, String family, Sizes sizes) {
    var config =
        new AdapterConfig(
            method,
            Targets.of(ModuleSelection.of(targets)),
            LearnedWhole.NOTHING,
            Origin.of("base"));
    assertEquals(expected, AdapterCount.of(config, model(family, sizes)), targets);
  }

  @Test
  void ofLora() {
    assertCount(524_288, LoraMethod.of(8, 8), "q_proj", "llama", LLAMA_32_1B);
    assertCount(3_686_400, LoraMethod.of(16, 16), "", "qwen2", QWEN_25_3B);
    assertCount(4_194_304, LoraMethod.of(8, 8), "", "llama", LLAMA_2_7B);
    assertCount(6_553_600, LoraMethod.of(8, 8), "q_proj+v_proj", "llama", LLAMA_2_13B);
    assertCount(
        26_214_400, LoraMethod.of(16, 16), "q_proj,k_proj,v_proj,o_proj", "llama", LLAMA_2_13B);
    assertCount(9_175_040, LoraMethod.of(32, 64), "", "llama", LLAMA_32_3B);
    assertCount(
        9_461_760, LoraMethod.of(10, 20), "gate_proj,up_proj,down_proj", "llama", LLAMA_32_3B);
  }

  @Test
  void ofOtherMethods() {
    var decomposed = new LoraMethod.Variant(false, true, false, 0);
    assertCount(
        9_289_728,
        new LoraMethod(Ranks.of(32, 64), decomposed, LoraInit.USUAL, List.of()),
        "",
        "llama",
        LLAMA_32_3B);
    assertCount(
        129_024,
        new VeraMethod(256, new VeraMethod.Projections(0, true), 0, 0.1f),
        "",
        "llama",
        LLAMA_32_3B);
    assertCount(286_720, new Ia3Method(Optional.empty()), "", "llama", LLAMA_32_3B);
    assertCount(28_672, new BiasMethod(true), "", "llama", LLAMA_32_3B);
    assertCount(175_104, new NormMethod(), "", "llama", LLAMA_32_3B);
    assertCount(614_400, PromptMethod.of(200, PromptMethod.Begin.RANDOM), "", "llama", LLAMA_32_3B);
  }
}
