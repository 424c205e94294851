package dev.fader.model.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.Parameters;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What adapters begin with.
class NewAdapterTest {
  private static final float[] IDS = {246, 348, 21, 158, 350, 48, 71};
  private static final Targets ALL = Targets.of(new ModuleSelection.AllLinear());

  private static AdapterConfig config(AdapterMethod method, Targets targets) {
    return new AdapterConfig(method, targets, LearnedWhole.NOTHING, Origin.of("models/llama"));
  }

  private static LoraMethod lora(boolean decomposed, LoraInit init) {
    return new LoraMethod(
        Ranks.of(4, 8), new LoraMethod.Variant(true, decomposed, false, 0), init, List.of(3, 201));
  }

  /// Methods that change nothing at first, to the bit.
  static List<AdapterConfig> idle() {
    var usual = Targets.of(new ModuleSelection.Usual());
    return List.of(
        config(lora(false, LoraInit.USUAL), ALL),
        config(lora(false, LoraInit.GAUSSIAN), ALL),
        config(lora(true, LoraInit.USUAL), ALL),
        config(lora(false, LoraInit.PISSA), ALL),
        config(lora(false, LoraInit.OLORA), ALL),
        config(LoraMethod.of(3, 4), Targets.of(ModuleSelection.of("embed_tokens,lm_head,q_proj"))),
        config(
            new AdaLoraMethod(
                8,
                0,
                new AdaLoraMethod.Budget(4, 2, 0, 0, 1, OptionalInt.of(9), .85, .85, .5),
                new LinkedHashMap<>()),
            ALL),
        config(new Ia3Method(Optional.empty()), usual),
        config(new VeraMethod(8, new VeraMethod.Projections(0, true), 0, 0.1f), ALL),
        config(new NormMethod(), usual),
        config(new BiasMethod(true), usual),
        config(new OftMethod(0, 16, false, 5, 0), ALL),
        config(new OftMethod(4, 0, true, 0, 0), ALL),
        config(new LohaMethod(Ranks.of(4, 8)), ALL),
        config(new LokrMethod(Ranks.of(2, 8), true, -1), ALL),
        config(new TokensMethod(List.of(201, 3)), usual),
        new AdapterConfig(
            LoraMethod.of(2, 2),
            usual,
            new LearnedWhole(List.of("lm_head", "norm"), LearnedWhole.Biases.ALL, 3),
            Origin.of("models/llama")));
  }

  private interface Use {
    void with(LoadedModel model, TensorArena arena, Kernels kernels) throws IOException;
  }

  private static void on(String name, Use use) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var arena = memory.open("test");
        var model = LoadedModel.open(Golden.directory("models/" + name), memory)) {
      use.with(model, arena, Kernels.choose(workers));
    }
  }

  private static LoadedAdapter begin(
      AdapterConfig config, LoadedModel model, TensorArena arena, Kernels kernels) {
    return NewAdapter.begin(
        config, model.decoder().parameters(), new NewAdapter.Means(kernels, arena, arena), 1234);
  }

  private static float[] logits(Parameters parameters, TensorArena arena, Kernels kernels) {
    var tokens = arena.allocate(DType.INT32, Shape.of(IDS.length)).copyFrom(IDS);
    var decoder = new Decoder(parameters, arena);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var states = decoder.forward(tape, TokenBlock.ofSequences(tokens, 1, IDS.length));
    return tape.logits(states, decoder.head(tape), 0).value().toArray();
  }

  @ParameterizedTest
  @MethodSource("idle")
  void nothingChangesAtFirst(AdapterConfig config) throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var base = model.decoder().parameters();
          var adapter = begin(config, model, arena, kernels);
          assertArrayEquals(
              logits(base, arena, kernels),
              logits(base.adapted(List.of(adapter.adapter())), arena, kernels));
          assertTrue(
              adapter.tensors().entrySet().stream()
                  .allMatch(entry ->
                      entry.getKey().startsWith("base_model.vera_")
                          || entry.getValue().needsGradient()));
        });
  }

  /// The product of orthogonal factors is zero but for rounding.
  @Test
  void orthogonalFactorsChangeNothing() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var base = model.decoder().parameters();
          var adapter = begin(config(lora(false, LoraInit.ORTHOGONAL), ALL), model, arena, kernels);
          var down =
              adapter.tensors().get("base_model.model.model.layers.0.mlp.up_proj.lora_A.weight");
          assertTrue(Math.abs(down.value().get(7)) > 1e-3, "A is not zero");
          assertArrayEquals(
              logits(base, arena, kernels),
              logits(base.adapted(List.of(adapter.adapter())), arena, kernels),
              1e-5f);
        });
  }

  /// What eight bits lose of a weight: an adapter of half its rank brings the product nearer.
  @Test
  void loftqBeginsWithWhatQuantisationLost() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var whole = model.decoder().parameters();
          var rounded = quantised(whole, arena);
          var init =
              config(
                  new LoraMethod(
                      Ranks.of(32, 16), LoraMethod.Variant.PLAIN, LoraInit.LOFTQ, List.of()),
                  ALL);
          var means = new NewAdapter.Means(kernels, arena, arena);
          var source = new NewAdapter.Source(1, Optional.of(whole));
          var adapter = NewAdapter.begin(init, rounded, means, source);
          var expected = logits(whole, arena, kernels);
          double before = distance(expected, logits(rounded, arena, kernels));
          var adapted = rounded.adapted(List.of(adapter.adapter()));
          double after = distance(expected, logits(adapted, arena, kernels));
          assertTrue(after < 0.7 * before, after + " of " + before);
          assertEquals(
              "LoftQ begins with what quantisation lost, and needs the model before it: name the original",
              assertThrows(AdapterException.class, () -> NewAdapter.begin(init, rounded, means, 1))
                  .getMessage());
        });
  }

  @Test
  void anotherModelIsNoOriginal() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var base = model.decoder().parameters();
          var others = new LinkedHashMap<String, Tensor>();
          base.entries()
              .forEach((name, variable) -> {
                var other = arena.allocate(DType.FLOAT32, variable.value().shape());
                for (long i = 0; i < other.elements(); i++) {
                  other.set(i, i % 7 - 3);
                }
                others.put(name, other);
              });
          var init =
              config(
                  new LoraMethod(
                      Ranks.of(4, 8), LoraMethod.Variant.PLAIN, LoraInit.LOFTQ, List.of()),
                  ALL);
          var source =
              new NewAdapter.Source(1, Optional.of(Parameters.fixed(base.config(), others)));
          var means = new NewAdapter.Means(kernels, arena, arena);
          var thrown =
              assertThrows(
                  AdapterException.class, () -> NewAdapter.begin(init, base, means, source));
          assertTrue(
              thrown
                  .getMessage()
                  .startsWith("'model.layers.0.self_attn.q_proj' differs from the original by 10"),
              thrown.getMessage());
        });
  }

  private static Parameters quantised(Parameters whole, TensorArena arena) {
    var tensors = new LinkedHashMap<String, Tensor>();
    whole
        .entries()
        .forEach((name, variable) -> {
          var tensor = variable.value();
          boolean matrix = tensor.shape().rank() == 2 && name.contains("proj");
          tensors.put(
              name, matrix ? arena.allocate(DType.Q4_0, tensor.shape()).copyFrom(tensor) : tensor);
        });
    return Parameters.fixed(whole.config(), tensors);
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  @Test
  void aPatternThatMatchesNothingIsRefused() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var ranks = new LinkedHashMap<String, Integer>();
          ranks.put("layers\\.1\\.self_attn\\.q_proj", 2);
          ranks.put("q_prj", 8);
          var method =
              new LoraMethod(
                  new Ranks(4, 8, ranks, new LinkedHashMap<>()),
                  LoraMethod.Variant.PLAIN,
                  LoraInit.USUAL,
                  List.of());
          assertEquals(
              "the pattern 'q_prj' of a rank or alpha matches none of the targets; the nearest are q_proj, k_proj, v_proj",
              assertThrows(
                      AdapterException.class,
                      () -> begin(config(method, ALL), model, arena, kernels))
                  .getMessage());
        });
  }

  @Test
  void numbersFollowFromTheSeed() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var one = begin(config(LoraMethod.of(4, 8), ALL), model, arena, kernels);
          var two = begin(config(LoraMethod.of(4, 8), ALL), model, arena, kernels);
          for (var key : one.tensors().keySet()) {
            assertArrayEquals(
                one.tensors().get(key).value().toArray(), two.tensors().get(key).value().toArray());
          }
          var down =
              one.tensors().get("base_model.model.model.layers.0.mlp.down_proj.lora_A.weight");
          double most = 0;
          for (float x : down.value().toArray()) {
            most = Math.max(most, Math.abs(x));
          }
          double bound = 1 / Math.sqrt(96);
          assertTrue(most <= bound && most > 0.9 * bound, "uniform up to 1 / sqrt(in): " + most);
        });
  }

  @Test
  void virtualTokensBeginAsTokens() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var begin =
              new PromptMethod.Begin(PromptMethod.Kind.TEXT, Optional.of("ab"), List.of(7, 11));
          var adapter =
              begin(
                  config(PromptMethod.of(5, begin), Targets.of(new ModuleSelection.Usual())),
                  model,
                  arena,
                  kernels);
          var rows = adapter.adapter().virtualTokens().orElseThrow().rows().value();
          var table = model.decoder().parameters().get("model.embed_tokens.weight").value();
          for (int i = 0; i < 5; i++) {
            assertArrayEquals(
                table.slice(i % 2 == 0 ? 7 : 11, 1).toArray(), rows.slice(i, 1).toArray());
          }
        });
  }

  @Test
  void aTargetThatMatchesNothingIsRefusedWithTheNearest() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var config = config(LoraMethod.of(4, 8), Targets.of(ModuleSelection.of("q_proj,k_prj")));
          var failed =
              assertThrows(AdapterException.class, () -> begin(config, model, arena, kernels));
          assertTrue(
              failed
                  .getMessage()
                  .startsWith(
                      "the target 'k_prj' matches no module of this llama model; the nearest are k_proj"),
              failed.getMessage());
        });
  }

  @Test
  void aTargetThatIsNoProjectionIsRefused() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          var config = config(LoraMethod.of(4, 8), Targets.of(ModuleSelection.of("norm")));
          var failed =
              assertThrows(AdapterException.class, () -> begin(config, model, arena, kernels));
          assertEquals(
              "LORA cannot change 'model.norm', which is a norm: leave it out of `target_modules`",
              failed.getMessage());
        });
  }

  @Test
  void memoryIsCountedWithoutNumbers() throws IOException {
    on(
        "llama",
        (model, arena, kernels) -> {
          try (var values = TensorMemory.counting().open("values");
              var gradients = TensorMemory.counting().open("gradients")) {
            NewAdapter.begin(
                config(LoraMethod.of(4, 8), ALL),
                model.decoder().parameters(),
                new NewAdapter.Means(kernels, values, gradients),
                1);
            long count = AdapterCount.of(config(LoraMethod.of(4, 8), ALL), model.config());
            assertEquals(4 * count, values.bytes());
            assertEquals(4 * count, gradients.bytes());
          }
        });
  }
}
