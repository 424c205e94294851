package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.kernel.Matrix;
import dev.fader.model.Role;
import dev.fader.tensor.Tensor;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.ModelSize;
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

  static void token(Bench bench, Consumer<String> lines) {
    var sentence = "the quiet horse saw a red fox.";
    var pairs =
        Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), List.of(Sentences.some(1, 200)));
    lines.accept(
        "bytes       " + Tokenizer.bytes().encode(sentence).length + " tokens, one a letter");
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

  private static float[] softmax(Bench bench, float[] scores, float temperature) {
    try (var arena = bench.memory().open("softmax")) {
      var row = arena.floats(1, scores.length).copyFrom(scores);
      bench.kernels().softmax(Matrix.of(row), temperature);
      return row.toArray();
    }
  }

  static void logits(Bench bench, Consumer<String> lines) {
    var probabilities = softmax(bench, SCORES, 1);
    lines.accept("after \"a quick\"   logit   e^logit   probability");
    for (int i = 0; i < NEXT.length; i++) {
      lines.accept(
          text(
              "%-15s  %6.2f  %8.3f  %10.1f %%",
              NEXT[i], SCORES[i], Math.exp(SCORES[i]), 100 * probabilities[i]));
    }
  }

  static void temperature(Bench bench, Consumer<String> lines) {
    lines.accept(text("%-12s %7s %7s %7s %7s", "temperature", NEXT[0], NEXT[1], NEXT[2], NEXT[3]));
    for (float temperature : new float[] {0.2f, 0.7f, 1, 2, 100}) {
      var row = new StringBuilder(text("%-12s", temperature));
      for (float probability : softmax(bench, SCORES, temperature)) {
        row.append(text("  %4.1f %%", 100 * probability));
      }
      lines.accept(row.toString());
    }
  }

  static void loss(Bench bench, Consumer<String> lines) {
    lines.accept("probability of what came     loss, -ln p");
    for (double probability : new double[] {1, 0.9, 0.5, 0.1, 0.01}) {
      lines.accept(text("%24.2f     %12.3f", probability, Math.abs(Math.log(probability))));
    }
    try (var learner = small(bench)) {
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

  private static TextLearner small(Bench bench) {
    return new TextLearner(
        bench, Sentences.some(1, 300), new ModelSize(32, 24, 24, 1, 1, 2, 2, 64, 0, true));
  }

  private static void learn(TextLearner learner, int steps) {
    for (int step = 0; step < steps; step++) {
      learner.step();
    }
  }

  static void perplexity(Bench bench, Consumer<String> lines) {
    try (var learner = small(bench)) {
      var text = Sentences.some(2, 10);
      lines.accept("steps    loss    perplexity, e^loss");
      for (int steps : new int[] {0, 20, 80, 200}) {
        learn(learner, steps);
        double loss = learner.loss(text);
        lines.accept(text("%5s  %6.3f    %.2f", "+" + steps, loss, Math.exp(loss)));
      }
      lines.accept(
          "at first it wavers between all 32 tokens as if it threw a die with as many sides");
    }
  }

  static void overfitting(Bench bench, Consumer<String> lines) {
    var few = Sentences.some(1, 8);
    var many = Sentences.some(1, 800);
    var unseen = Sentences.some(2, 40);
    var large = new ModelSize(32, 24, 32, 2, 1, 2, 2, 96, 0, true);
    var tiny = new ModelSize(32, 24, 4, 1, 1, 1, 1, 4, 0, true);
    curve(bench, lines, "too many parameters for 8 sentences", new Lesson(few, unseen, large));
    curve(bench, lines, "too few parameters for the same text", new Lesson(few, unseen, tiny));
    curve(bench, lines, "as many as at first, and 800 sentences", new Lesson(many, unseen, large));
  }

  private record Lesson(String read, String unseen, ModelSize size) {}

  private static void curve(Bench bench, Consumer<String> lines, String title, Lesson lesson) {
    try (var learner = new TextLearner(bench, lesson.read, lesson.size)) {
      lines.accept(text("%s: %,d", title, learner.parameters()));
      var shown = lesson.read.substring(0, Math.min(lesson.read.length(), 320));
      for (int steps : new int[] {0, 50, 150, 200}) {
        learn(learner, steps);
        lines.accept(
            text(
                "  after %3d more steps  loss of what it read %.3f, of what it did not %.3f",
                steps, learner.loss(shown), learner.loss(lesson.unseen)));
      }
    }
  }

  static void embedding(Bench bench, Consumer<String> lines) {
    try (var learner = small(bench)) {
      var table = learner.weight(Role.TOKEN_EMBEDDING);
      int id = learner.tokenizer().encode("o")[0];
      var row = new StringBuilder("the letter o is row " + id + ":");
      for (float number : table.slice(id, 1).toArray()) {
        row.append(text(" %.2f", number));
      }
      lines.accept(row.substring(0, 72) + " ...");
      lines.accept("nearest to o before learning: " + nearest(learner, table, id));
      learn(learner, 200);
      lines.accept("after 200 steps:              " + nearest(learner, table, id));
    }
  }

  private static String nearest(TextLearner learner, Tensor table, int id) {
    var wanted = table.slice(id, 1).toArray();
    record Near(String letter, double cosine) {}
    var found = new ArrayList<Near>();
    for (char letter = 'a'; letter <= 'z'; letter++) {
      var other = learner.tokenizer().id(String.valueOf(letter));
      if (other.isPresent() && other.getAsInt() != id) {
        found.add(
            new Near(
                String.valueOf(letter),
                cosine(wanted, table.slice(other.getAsInt(), 1).toArray())));
      }
    }
    found.sort(Comparator.comparingDouble(near -> -near.cosine));
    var text = new StringBuilder();
    for (var near : found.subList(0, 4)) {
      text.append(text("%s (%.2f)  ", near.letter, near.cosine));
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
