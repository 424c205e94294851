package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.evaluate.label.ConfusionMatrix;
import dev.fader.kernel.Engine;
import dev.fader.train.recipe.ModelSize;
import dev.fader.tune.PreferenceMethod;
import java.util.function.Consumer;

/// What can be shown of models that go on learning.
final class TuningExamples {
  private static final String[] LABELS = {"positive", "negative"};

  /// Texts, what a model may make of them, and the numbers of their labels.
  private static final String[] READ = {"I love it", "how lovely", "I hate it", "how awful"};

  private static final float[][] STATES = {
    {1, 0, 0.2f}, {0.8f, 0.1f, -0.1f}, {0.1f, 1, 0}, {0, 0.7f, 0.3f}
  };
  private static final int[] RIGHT = {0, 0, 1, 1};
  private static final String[] UNSEEN = {"lovely days", "I do not hate it"};
  private static final float[][] UNSEEN_STATES = {{0.7f, 0.2f, 0.1f}, {0.2f, 0.8f, 0.9f}};

  private TuningExamples() {}

  /// The same model, as it was begun and as it had learned another text before.
  static void fineTuning(Engine engine, Consumer<String> lines) {
    var size = new ModelSize(32, 24, 32, 1, 1, 2, 2, 96, 0, true);
    var first = Sentences.some(1, 300);
    var second = Sentences.turned(Sentences.some(2, 40));
    var unseen = Sentences.turned(Sentences.unseen(Sentences.some(2, 40), 3, 40));
    try (var tuned = new TextLearner(engine, first, size);
        var scratch = new TextLearner(engine, second, size)) {
      for (int step = 0; step < 300; step++) {
        tuned.step();
      }
      lines.accept("learned: the quick fox saw a red bird.   (300 sentences, 300 steps)");
      lines.accept("to come: a red bird saw the quick fox.   (40 sentences)");
      tuned.goOnWith(second);
      lines.accept("");
      lines.accept("        loss on new sentences     loss on");
      lines.accept("steps   tuned   begun at random   the old");
      int done = 0;
      for (int steps : new int[] {0, 5, 20, 80}) {
        for (; done < steps; done++) {
          tuned.step();
          scratch.step();
        }
        lines.accept(
            text(
                "%5d   %5.3f   %15.3f   %7.3f",
                steps, tuned.loss(unseen), scratch.loss(unseen), tuned.loss(first)));
      }
    }
  }

  /// Three answers with a score each, which is all that there is to learn.
  static void preferences(Engine engine, Consumer<String> lines) {
    var reference = new float[] {0, 0.5f, 1};
    lines.accept("three answers may be given; the first is better than the second");
    lines.accept("beta   step   better   worse   other   margin    loss");
    for (double beta : new double[] {0.1, 0.5}) {
      var method = new PreferenceMethod(PreferenceMethod.Variant.SIGMOID, beta, 0);
      var scores = reference.clone();
      var before = TextExamples.softmax(engine, reference, 1);
      int done = 0;
      for (int step : new int[] {0, 10, 100}) {
        for (; done < step; done++) {
          // The third falls out of the difference of logarithms, and its slope is 0.
          double slope = method.slope(margin(engine, scores, before));
          scores[0] -= (float) slope;
          scores[1] += (float) slope;
        }
        var now = TextExamples.softmax(engine, scores, 1);
        double margin = margin(engine, scores, before);
        lines.accept(
            text(
                "%4.1f  %5d   %4.0f %%  %4.0f %%  %4.0f %%   %6.2f   %.4f",
                beta, step, 100 * now[0], 100 * now[1], 100 * now[2], margin, method.loss(margin)));
      }
    }
  }

  /// How much more the better answer gained than the worse one, in nats.
  private static double margin(Engine engine, float[] scores, float[] before) {
    var now = TextExamples.softmax(engine, scores, 1);
    return Math.log(now[0] / before[0]) - Math.log(now[1] / before[1]);
  }

  /// A head of two labels that reads three numbers of each text.
  static void classification(Engine engine, Consumer<String> lines) {
    var head = new float[2][3];
    lines.accept("how likely \"positive\" is, which is right for the first two:");
    lines.accept(
        text(
            "%5s   %-9s   %-10s   %-9s   %-9s   %5s",
            "steps", READ[0], READ[1], READ[2], READ[3], "loss"));
    int done = 0;
    for (int steps : new int[] {0, 1, 10, 100}) {
      for (; done < steps; done++) {
        learn(engine, head);
      }
      var row = new StringBuilder(text("%5d", steps));
      double loss = 0;
      for (int i = 0; i < READ.length; i++) {
        var found = found(engine, head, STATES[i]);
        row.append(text("   %" + (Math.max(9, READ[i].length()) - 2) + ".1f %%", 100 * found[0]));
        loss -= Math.log(found[RIGHT[i]]) / READ.length;
      }
      lines.accept(row.append(text("   %.3f", loss)).toString());
    }
    var said = new int[READ.length + UNSEEN.length];
    var right = new int[] {0, 0, 1, 1, 0, 0};
    lines.accept("");
    for (int i = 0; i < said.length; i++) {
      boolean known = i < READ.length;
      var found = found(engine, head, known ? STATES[i] : UNSEEN_STATES[i - READ.length]);
      said[i] = found[0] >= found[1] ? 0 : 1;
      if (!known) {
        lines.accept(
            text(
                "unseen: %-17s  %s at %.1f %%",
                UNSEEN[i - READ.length], LABELS[said[i]], 100 * found[said[i]]));
      }
    }
    var matrix = ConfusionMatrix.of(right, said, 2);
    lines.accept("");
    lines.accept("right      said: positive  negative   precision  recall    F1");
    for (int label = 0; label < 2; label++) {
      lines.accept(
          text(
              "%-9s        %8d  %8d   %9.2f  %6.2f  %.2f",
              LABELS[label],
              matrix.count(label, 0),
              matrix.count(label, 1),
              matrix.precision(label),
              matrix.recall(label),
              matrix.f1(label)));
    }
    lines.accept(text("accuracy %.2f, mean F1 %.2f", matrix.accuracy(), matrix.macroF1()));
  }

  private static float[] found(Engine engine, float[][] head, float[] state) {
    var logits = new float[2];
    for (int label = 0; label < 2; label++) {
      for (int i = 0; i < state.length; i++) {
        logits[label] += head[label][i] * state[i];
      }
    }
    return TextExamples.softmax(engine, logits, 1);
  }

  /// One step downhill: the slope of a logit is its probability, less 1 where it is right.
  private static void learn(Engine engine, float[][] head) {
    var slopes = new float[2][3];
    for (int text = 0; text < READ.length; text++) {
      var found = found(engine, head, STATES[text]);
      for (int label = 0; label < 2; label++) {
        float slope = found[label] - (RIGHT[text] == label ? 1 : 0);
        for (int i = 0; i < 3; i++) {
          slopes[label][i] += slope * STATES[text][i] / READ.length;
        }
      }
    }
    for (int label = 0; label < 2; label++) {
      for (int i = 0; i < 3; i++) {
        head[label][i] -= slopes[label][i];
      }
    }
  }
}
