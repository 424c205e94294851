package dev.fader.bench;

import dev.fader.generate.Prediction;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.Target;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/// How long a fader that is moved takes to show in the next token: the mix applied, the prompt read
/// anew, the prediction made.
///
/// `MixSpeed MODEL [TOKENS [MOVES [TARGET...]]]`, of layers and their parts if no target is given
final class MixSpeed {
  private static final int WARM_UP = 20;

  private MixSpeed() {}

  public static void main(String[] arguments) throws IOException {
    int tokens = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 16;
    int moves = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
    var random = new SplittableRandom(1);
    try (var engine = new Engine(2, TensorMemory.unlimited());
        var model = LoadedModel.open(Path.of(arguments[0]), engine.memory())) {
      model.decoder().takeActivationsAs(ActivationType.FLOAT32);
      var config = model.config();
      var targets = new ArrayList<String>();
      for (int i = 3; i < arguments.length; i++) {
        targets.add(arguments[i]);
      }
      for (int layer = 0; targets.size() < 4 * config.layers(); layer++) {
        String prefix = "layers." + layer;
        targets.addAll(
            List.of(prefix, prefix + ".attention", prefix + ".heads.0", prefix + ".feed-forward"));
      }
      int[] ids = random.ints(tokens, 0, config.vocabularySize()).toArray();
      var times = new ArrayList<Double>();
      for (int move = 0; move < WARM_UP + moves; move++) {
        var target = Target.parse(targets.get(random.nextInt(targets.size())));
        var mix = Mix.NEUTRAL.with(Fader.of(target, new Level.Constant(random.nextDouble())));
        long start = System.nanoTime();
        predict(model, mix, ids, engine);
        if (move >= WARM_UP) {
          times.add((System.nanoTime() - start) / 1e6);
        }
      }
      Collections.sort(times);
      System.out.printf(
          "%d moves, a prompt of %d tokens: median %.1f ms, 95 %% within %.1f ms, at most %.1f ms%n",
          moves, tokens, times.get(moves / 2), times.get(moves * 95 / 100), times.getLast());
    }
  }

  private static Prediction predict(LoadedModel model, Mix mix, int[] ids, Engine engine)
      throws IOException {
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    try (var mixed = model.with(List.of(), mix, engine.kernels());
        var pool = new SessionPool(mixed.decoder(), engine.kernels(), engine.memory(), limits);
        Session session = pool.open(ids.length)) {
      return Prediction.at(session, ids, List.of(ids.length - 1)).values().iterator().next();
    }
  }
}
