package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.generate.Sampler;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Truncation.Cuts;
import dev.fader.kernel.Engine;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Dropout;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.OptimizerConfig.Method;
import dev.fader.train.recipe.ModelSize;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// What can be shown of how models are trained and how they are drawn from.
final class TrainingExamples {
  private static final String[] NEXT = {"fox", "bird", "king", "horse", "stone", "the"};
  private static final float[] SCORES = {2, 1.4f, 0.9f, 0.2f, -0.5f, -2};

  private TrainingExamples() {}

  static void epoch(Engine engine, Consumer<String> lines) {
    var read = Sentences.some(1, 60);
    var unseen = Sentences.unseen(read, 2, 40);
    try (var learner =
        new TextLearner(engine, read, new ModelSize(32, 24, 32, 1, 1, 2, 2, 96, 0, true))) {
      int steps = (learner.tokens() + learner.tokensPerStep() - 1) / learner.tokensPerStep();
      lines.accept(
          text(
              "a text of %,d tokens, %d a step: %d steps are an epoch",
              learner.tokens(), learner.tokensPerStep(), steps));
      lines.accept("epochs   steps   loss on what it read   on what it did not");
      int done = 0;
      for (int epochs : new int[] {0, 1, 4, 16, 32}) {
        while (done < epochs * steps) {
          learner.step();
          done++;
        }
        lines.accept(
            text(
                "%6d  %6d  %21.3f  %19.3f",
                epochs, done, learner.loss(read), learner.loss(unseen)));
      }
    }
  }

  /// Points around the line `2 x + 1`, of which a batch sees a few.
  static void batch(Engine engine, Consumer<String> lines) {
    lines.accept("points in a batch   slope of a, mean of 400   how far one batch is off");
    for (int size : new int[] {1, 4, 16, 64}) {
      var random = new SplittableRandom(3);
      double sum = 0;
      double squares = 0;
      int draws = 400;
      for (int draw = 0; draw < draws; draw++) {
        var points = new float[2][size];
        for (int i = 0; i < size; i++) {
          points[0][i] = (float) random.nextDouble(-1, 2);
          points[1][i] = (float) (2 * points[0][i] + 1 + 0.5 * random.nextGaussian());
        }
        try (var line = new Line(engine, new float[] {0, 0}, points)) {
          line.loss();
          sum += line.slopeOfA();
          squares += (double) line.slopeOfA() * line.slopeOfA();
        }
      }
      double mean = sum / draws;
      lines.accept(
          text("%17d  %24.2f  %25.2f", size, mean, Math.sqrt(squares / draws - mean * mean)));
    }
    lines.accept("four times the points, half the error");
  }

  static void dropout(Engine engine, Consumer<String> lines) {
    int wide = 10_000;
    try (var arena = engine.memory().open("dropout")) {
      var ones = arena.floats(1, wide);
      for (int i = 0; i < wide; i++) {
        ones.set(i, 1);
      }
      var dropped = arena.floats(1, wide);
      for (float probability : new float[] {0, 0.2f, 0.5f}) {
        for (int step = 0; step < (probability == 0 ? 1 : 2); step++) {
          engine
              .kernels()
              .elementwise()
              .dropout(new Dropout(1, step, 0, probability), Matrix.of(ones), Matrix.of(dropped));
          var row = new StringBuilder(text("dropout %.1f, step %d:", probability, step));
          double sum = 0;
          for (int i = 0; i < wide; i++) {
            sum += dropped.get(i);
            row.append(i < 6 ? text(" %4.2f", dropped.get(i)) : "");
          }
          lines.accept(row.append(text(" ... mean of %,d: %.3f", wide, sum / wide)).toString());
        }
      }
    }
  }

  static void context(Engine engine, Consumer<String> lines) {
    var read = Sentences.some(1, 300);
    var unseen = Sentences.unseen(read, 2, 60);
    lines.accept("context   loss on unseen text after 150 steps");
    for (int context : new int[] {1, 4, 16, 32}) {
      var size = new ModelSize(32, context, 24, 1, 1, 2, 2, 64, 0, true);
      try (var learner = new TextLearner(engine, read, size)) {
        for (int step = 0; step < 150; step++) {
          learner.step();
        }
        lines.accept(text("%7d   %.3f", context, learner.loss(unseen)));
      }
    }
  }

  static void topP(Engine engine, Consumer<String> lines) {
    var probabilities = TextExamples.softmax(engine, SCORES, 1);
    var shares = new StringBuilder(text("%-12s", ""));
    var sums = new StringBuilder(text("%-12s", "added up"));
    double sum = 0;
    for (int i = 0; i < NEXT.length; i++) {
      sum += probabilities[i];
      shares.append(text(" %8s", NEXT[i]));
      sums.append(text(" %6.1f %%", 100 * sum));
    }
    lines.accept(shares.toString());
    lines.accept(row("probability", probabilities));
    lines.accept(sums.toString());
    for (float p : new float[] {1, 0.95f, 0.7f}) {
      var sampler =
          new Sampler(
              SamplerSettings.DEFAULTS.withSeed(1).withTruncation(Cuts.NONE.withTopP(p)),
              Optional.empty());
      var drawn = new float[NEXT.length];
      for (int i = 0; i < 10_000; i++) {
        drawn[sampler.next(SCORES.clone(), new int[0], 0)] += 1e-4f;
      }
      lines.accept(row(text("top-p %.2f", p), drawn));
    }
    lines.accept("the last three rows are what 10,000 draws came to");
  }

  private static String row(String name, float[] shares) {
    var row = new StringBuilder(text("%-12s", name));
    for (float share : shares) {
      row.append(text(" %6.1f %%", 100 * share));
    }
    return row.toString();
  }

  static void optimizer(Engine engine, Consumer<String> lines) {
    var adamw = OptimizerConfig.adamw();
    var unseen = Sentences.some(2, 20);
    lines.accept("            rate  loss after 0        50       150 steps  kept a parameter");
    for (var method : Method.values()) {
      double rate =
          switch (method) {
            case ADAMW -> 5e-3;
            case MUON -> 2e-2;
            case SGD -> 0.1;
          };
      var config =
          new OptimizerConfig(
              method,
              adamw.beta1(),
              adamw.beta2(),
              adamw.epsilon(),
              adamw.momentum(),
              adamw.weightDecay(),
              adamw.decayAll(),
              adamw.clip());
      var size = new ModelSize(32, 24, 24, 1, 1, 2, 2, 64, 0, true);
      var moves = new TextLearner.Moves(config, rate);
      try (var learner = new TextLearner(engine, Sentences.some(1, 300), size, moves)) {
        var row = new StringBuilder(text("%-8s%8.3f    ", method, rate));
        int done = 0;
        for (int steps : new int[] {0, 50, 150}) {
          while (done < steps) {
            learner.step();
            done++;
          }
          row.append(text("  %8.3f", learner.loss(unseen)));
        }
        row.append("        ");
        lines.accept(
            switch (method) {
              case ADAMW -> row + "2 numbers";
              case MUON -> row + "1 or 2";
              case SGD -> row + "1 number";
            });
      }
    }
  }
}
