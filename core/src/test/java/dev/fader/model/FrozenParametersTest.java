package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Some entries of the table learn, and the others are read from their file: the gradients of those
/// that learn are the bits that they are when all learn.
class FrozenParametersTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9};
  private static final List<Tape.Mode> MODES =
      List.of(Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING);

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "qwen3", "gemma2"})
  void someEntriesLearnAsWhenAllDo(String name) throws IOException {
    check(name, spec -> spec.layer() == 1 && spec.role().inLayer()); // a frozen layer before it
    check(name, spec -> spec.role() == Role.FINAL_NORM); // no layer learns
    check(name, spec -> spec.role().isNorm() && spec.role().inLayer());
    check(name, spec -> spec.role() == Role.TOKEN_EMBEDDING);
  }

  private void check(String name, Predicate<ParameterSpec> learns) throws IOException {
    try (var model = LoadedModel.open(Golden.directory("models/" + name), memory);
        var arena = memory.open("test")) {
      var whole = Parameters.learned(model.config(), arena, arena);
      whole.copyFrom(model.decoder().parameters());
      for (var mode : MODES) {
        whole.clearGradients();
        long allBytes = run(whole, mode, 1);
        var some = some(model.decoder().parameters(), learns, arena);
        long someBytes = run(some, mode, 2);
        var learned = some.learned();
        assertTrue(!learned.isEmpty());
        for (var spec : learned) {
          assertArrayEquals(
              whole.get(spec).gradient().orElseThrow().toArray(),
              some.get(spec).gradient().orElseThrow().toArray(),
              mode + " " + spec.name());
        }
        assertTrue(someBytes <= allBytes, someBytes + " bytes of activations, not " + allBytes);
      }
    }
  }

  private static Parameters some(
      Parameters base, Predicate<ParameterSpec> learns, TensorArena arena) {
    var replaced = new LinkedHashMap<String, Variable>();
    for (var spec : base.specs()) {
      if (learns.test(spec)) {
        var value = arena.allocate(DType.FLOAT32, spec.shape());
        value.copyFrom(base.get(spec).value());
        replaced.put(
            spec.name(), Variable.learned(value, arena.allocate(DType.FLOAT32, spec.shape())));
      }
    }
    return base.adapted(
        List.of(
            new ModelAdapter(new LinkedHashMap<>(), List.of(), "", replaced, Optional.empty())));
  }

  /// The bytes of activations of `steps` steps, of which the last leaves its gradients.
  private long run(Parameters parameters, Tape.Mode mode, int steps) {
    try (var activations = memory.open("activations")) {
      var tape = new Tape(kernels, activations, mode);
      int time = IDS.length - 1;
      var decoder = new Decoder(parameters, activations);
      var tokens = TokenBlock.ofSequences(TinyModels.ids(activations, inputs()), 1, time);
      var losses = activations.floats(time);
      var targets = TinyModels.ids(activations, targets());
      long first = 0;
      for (int step = 0; step < steps; step++) {
        parameters.clearGradients();
        var output = decoder.forward(tape, tokens);
        float cap = parameters.config().embedding().logitSoftCap();
        tape.headLoss(output, decoder.head(tape), new HeadLoss(targets, 1f / time, cap), losses);
        tape.backward();
        first = step == 0 ? activations.bytes() : first;
      }
      assertEquals(first, activations.bytes(), "steps after the first allocate nothing");
      return first;
    }
  }

  private static int[] inputs() {
    return java.util.Arrays.copyOf(IDS, IDS.length - 1);
  }

  private static int[] targets() {
    return java.util.Arrays.copyOfRange(IDS, 1, IDS.length);
  }
}
