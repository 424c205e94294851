package dev.fader.bench;

import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/// How much the perplexity of a model moves when keys and values are stored in fewer bits than
/// float32, or activations taken in eight bits.
///
/// The text's last tokens are cut into windows as long as the model's context, each with the tokens
/// that the tokenizer puts before a text. Of each window the first half is read as a prompt and the
/// second token by token, as if it was generated, so that both ways of reading pages are measured;
/// `fader evaluate` computes without pages.
///
/// Prints a line for FLOAT32 and for each type that is named; behind `EIGHT_BITS` for types with
/// activations of eight bits. Arguments: a model, a text, tokens, threads, types.
public final class PagePerplexity {

  private final Engine engine;
  private final LoadedModel model;
  private final int[] before;
  private final int[] text;
  private double sum;
  private long count;

  private PagePerplexity(Engine engine, LoadedModel model, int[] text) {
    this.engine = engine;
    this.model = model;
    this.before = model.tokenizer().orElseThrow().prefixTokens();
    this.text = text;
  }

  /// Measures and prints.
  public static void main(String[] arguments) throws IOException {
    var activations = ActivationType.FLOAT32;
    double reference = show(arguments, DType.FLOAT32, activations, Double.NaN);
    for (int i = 4; i < arguments.length; i++) {
      if (arguments[i].equals(ActivationType.EIGHT_BITS.name())) {
        activations = ActivationType.EIGHT_BITS;
      } else {
        show(arguments, DType.valueOf(arguments[i]), activations, reference);
      }
    }
  }

  /// Opens the model anew, since the weights are repacked for one type of activations.
  private static double show(
      String[] arguments, DType type, ActivationType activations, double reference)
      throws IOException {
    try (var engine = new Engine(Integer.parseInt(arguments[3]), Long.MAX_VALUE);
        var model = LoadedModel.open(Path.of(arguments[0]), engine.memory())) {
      model.decoder().takeActivationsAs(activations);
      var words = Files.readString(Path.of(arguments[1]));
      int[] all = model.tokenizer().orElseThrow().encode(words);
      int first = Math.max(0, all.length - Integer.parseInt(arguments[2]));
      var perplexity =
          new PagePerplexity(engine, model, Arrays.copyOfRange(all, first, all.length));
      double loss = perplexity.loss(type);
      System.out.printf(
          Locale.ROOT,
          "%-8s %-10s  %,d tokens  %.6f nats  perplexity %.4f  %+.5f %%%n",
          type,
          activations,
          perplexity.count,
          loss,
          Math.exp(loss),
          100 * Math.expm1(loss - reference));
      return loss;
    }
  }

  private double loss(DType type) {
    int context = model.config().context();
    var limits = KeyValueLimits.DEFAULTS.withType(type);
    try (var pool = new SessionPool(model.decoder(), engine.kernels(), engine.memory(), limits)) {
      int step = context - before.length;
      for (int at = 0; at + 1 < text.length; at += step) {
        int end = Math.min(text.length, at + step);
        var window = Arrays.copyOf(before, before.length + end - at);
        System.arraycopy(text, at, window, before.length, end - at);
        try (var session = pool.open(context)) {
          read(session, window);
        }
      }
    }
    return sum / count;
  }

  private void read(Session session, int[] window) {
    int half = Math.max(1, window.length / 2);
    var prompt = Arrays.copyOf(window, half);
    int first = Math.max(0, before.length - 1); // what comes before the text is not predicted
    session.read(
        prompt, position -> position >= first, (position, row) -> add(row, window, position + 1));
    for (int i = half; i + 1 < window.length; i++) {
      add(session.append(window[i]), window, i + 1);
    }
  }

  /// Adds the negative logarithm of the probability that `logits` give the token at `target`.
  private void add(float[] logits, int[] window, int target) {
    if (target == window.length) {
      return; // the text has ended
    }
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double all = 0;
    for (float logit : logits) {
      all += Math.exp(logit - most);
    }
    sum += most + Math.log(all) - logits[window[target]];
    count++;
  }
}
