package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.kernel.Engine;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.Role;
import dev.fader.tensor.Tensor;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.recipe.ModelSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/// What can be shown with a small language.
final class TextExamples {
  private static final String[] NEXT = {"fox", "bird", "king", "the"};
  private static final float[] SCORES = {2, 1, 0.5f, -1};

  private TextExamples() {}

  static void token(Engine engine, Consumer<String> lines) {
    var sentence = "the quiet horse saw a red fox.";
    var pairs =
        Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), List.of(Sentences.some(1, 200)));
    lines.accept(
        "bytes       "
            + Tokenizer.bytes().encode(sentence).length
            + " tokens, one for each letter, space and full stop");
    var ids = pairs.encode(sentence);
    var pieces = new ArrayList<String>();
    for (int id : ids) {
      pieces.add(pairs.decode(new int[] {id}));
    }
    lines.accept("byte pairs  " + ids.length + " tokens: |" + String.join("|", pieces) + "|");
    lines.accept("as numbers  " + Arrays.toString(ids));
    lines.accept(
        "byte pairs were learned from 200 sentences: what stands together often is one token");
  }

  static float[] softmax(Engine engine, float[] scores, float temperature) {
    try (var arena = engine.memory().open("softmax")) {
      var row = arena.floats(1, scores.length).copyFrom(scores);
      engine.kernels().predictions().softmax(Matrix.of(row), temperature);
      return row.toArray();
    }
  }

  static void logits(Engine engine, Consumer<String> lines) {
    var probabilities = softmax(engine, SCORES, 1);
    lines.accept("after \"a quick\"   logit   e^logit   probability");
    for (int i = 0; i < NEXT.length; i++) {
      lines.accept(
          text(
              "%-15s  %6.2f  %8.3f  %10.1f %%",
              NEXT[i], SCORES[i], Math.exp(SCORES[i]), 100 * probabilities[i]));
    }
  }

  static void temperature(Engine engine, Consumer<String> lines) {
    lines.accept(text("%-12s %7s %7s %7s %7s", "temperature", NEXT[0], NEXT[1], NEXT[2], NEXT[3]));
    for (float temperature : new float[] {0.2f, 0.7f, 1, 2, 100}) {
      var row = new StringBuilder(text("%-12s", temperature));
      for (float probability : softmax(engine, SCORES, temperature)) {
        row.append(text("  %4.1f %%", 100 * probability));
      }
      lines.accept(row.toString());
    }
  }

  static void loss(Engine engine, Consumer<String> lines) {
    lines.accept("probability of what came     loss, -ln p");
    for (double probability : new double[] {1, 0.9, 0.5, 0.1, 0.01}) {
      lines.accept(text("%24.2f     %12.3f", probability, Math.abs(Math.log(probability))));
    }
    try (var learner = small(engine)) {
      var text = Sentences.some(2, 10);
      lines.accept(
          text(
              "a model of random numbers over %d tokens: %.3f, and ln %d is %.3f",
              learner.vocabulary(),
              learner.loss(text),
              learner.vocabulary(),
              Math.log(learner.vocabulary())));
      learn(learner, 100);
      lines.accept(text("after 100 steps of learning sentences: %.3f", learner.loss(text)));
    }
  }

  private static TextLearner small(Engine engine) {
    return new TextLearner(
        engine, Sentences.some(1, 300), new ModelSize(32, 24, 24, 1, 1, 2, 2, 64, 0, true));
  }

  private static void learn(TextLearner learner, int steps) {
    for (int step = 0; step < steps; step++) {
      learner.step();
    }
  }

  static void perplexity(Engine engine, Consumer<String> lines) {
    try (var learner = small(engine)) {
      var text = Sentences.some(2, 10);
      lines.accept("steps    loss    perplexity, e^loss");
      int done = 0;
      for (int steps : new int[] {0, 20, 100, 300}) {
        learn(learner, steps - done);
        done = steps;
        double loss = learner.loss(text);
        lines.accept(text("%5d  %6.3f    %18.2f", steps, loss, Math.exp(loss)));
      }
      lines.accept(
          "at first it wavers between all 32 tokens as if it threw a die with as many sides");
    }
  }

  static void overfitting(Engine engine, Consumer<String> lines) {
    var few = Sentences.some(1, 8);
    var many = Sentences.some(1, 800);
    var unseen = Sentences.unseen(many, 2, 40);
    var large = new ModelSize(32, 24, 32, 2, 1, 2, 2, 96, 0, true);
    var tiny = new ModelSize(32, 24, 4, 1, 1, 1, 1, 4, 0, true);
    curve(engine, lines, "too many parameters for 8 sentences", new Lesson(few, unseen, large));
    curve(engine, lines, "too few parameters for the same text", new Lesson(few, unseen, tiny));
    curve(engine, lines, "as many as at first, and 800 sentences", new Lesson(many, unseen, large));
  }

  private record Lesson(String read, String unseen, ModelSize size) {}

  private static void curve(Engine engine, Consumer<String> lines, String title, Lesson lesson) {
    try (var learner = new TextLearner(engine, lesson.read, lesson.size)) {
      lines.accept(text("%s: %,d", title, learner.parameters()));
      var shown = lesson.read.substring(0, Math.min(lesson.read.length(), lesson.unseen.length()));
      int done = 0;
      for (int steps : new int[] {0, 50, 200, 400}) {
        learn(learner, steps - done);
        done = steps;
        lines.accept(
            text(
                "  after %3d steps  loss of what it read %.3f, of what it did not %.3f",
                steps, learner.loss(shown), learner.loss(lesson.unseen)));
      }
    }
  }

  static void embedding(Engine engine, Consumer<String> lines) {
    var text = Sentences.some(1, 300);
    var pairs = Tokenizer.trainBytePairs(BytePairTraining.ofSize(340), List.of(text));
    var size = new ModelSize(pairs.vocabularySize(), 24, 24, 1, 1, 2, 2, 64, 0, true);
    try (var learner = new TextLearner(engine, pairs, text, size)) {
      var table = learner.weight(Role.TOKEN_EMBEDDING);
      int id = learner.tokenizer().encode(" fox")[0];
      var row = new StringBuilder("fox is row " + id + ":");
      float[] numbers = table.slice(id, 1).toArray();
      for (int i = 0; i < 8; i++) {
        row.append(text(" %.2f", numbers[i]));
      }
      lines.accept(text("%s ... (%d numbers)", row, numbers.length));
      lines.accept("nearest to fox at first: " + nearest(learner, table, id));
      learn(learner, 300);
      lines.accept("after 300 steps:         " + nearest(learner, table, id));
    }
  }

  private static String nearest(TextLearner learner, Tensor table, int id) {
    var wanted = table.slice(id, 1).toArray();
    record Near(String word, double cosine) {}
    var found = new ArrayList<Near>();
    for (var word : Sentences.words()) {
      int[] other = learner.tokenizer().encode(" " + word);
      if (other.length == 1 && other[0] != id) {
        found.add(new Near(word, cosine(wanted, table.slice(other[0], 1).toArray())));
      }
    }
    found.sort(Comparator.comparingDouble(near -> -near.cosine));
    var text = new StringBuilder();
    for (var near : found.subList(0, 5)) {
      text.append(text("%s (%.2f)  ", near.word, near.cosine));
    }
    return text.toString().strip();
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      ofA += (double) a[i] * a[i];
      ofB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(ofA * ofB);
  }
}
