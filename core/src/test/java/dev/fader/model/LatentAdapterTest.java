package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LatentAdapterTest {
  /// Generation multiplies the parts of this projection with queries and values by themselves,
  /// where an adapter beside it would be passed over in silence.
  @Test
  void adapterOfWhatGenerationTakesApartIsRefused() throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var model = LoadedModel.open(Golden.directory("families/deepseek-v2"), memory);
        var arena = memory.open("adapter")) {
      var module = "model.layers.1.self_attn.kv_b_proj";
      var base = model.decoder().parameters().projection(module);
      var projections = new LinkedHashMap<String, Adapter>();
      projections.put(
          module,
          new LowRankAdapter(
              Variable.fixed(arena.floats(2, base.inputs())),
              Variable.fixed(arena.floats(base.outputs(), 2)),
              Optional.empty(),
              1,
              0));
      var adapters = List.of(ModelAdapter.of(projections));
      var kernels = Kernels.choose(workers);
      var refused =
          assertThrows(
              AdapterException.class, () -> model.decoder().with(adapters, kernels, arena));
      assertEquals(
          "the adapter changes the projection from the latent to keys and values in layer 1, which"
              + " generation takes apart: merge it into the model",
          refused.getMessage());
    }
  }
}
