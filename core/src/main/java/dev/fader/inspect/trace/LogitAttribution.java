package dev.fader.inspect.trace;

import dev.fader.grad.NormParameters;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfig.Placement;
import dev.fader.model.Place;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Direct logit attribution (Elhage et al. 2021): the logit of a token as the sum of what the
/// embedding, each head, each feed-forward network and the biases have written to the residual
/// stream, each through the norms as they stand in this text.
///
/// @param logit of the token, or by how much it exceeds that of the other, before a soft cap
/// @param parts that sum to it, but for the rounding of float32
public record LogitAttribution(double logit, List<Part> parts) {
  /// What writes to the residual stream.
  public enum Source {
    /// The token's embedding, with its position.
    EMBEDDING,
    /// One head of attention.
    HEAD,
    /// The bias of attention's output projection.
    ATTENTION_BIAS,
    /// A feed-forward network, or all experts of a layer.
    FEED_FORWARD,
    /// The biases of the norms behind a layer, or of the last norm.
    NORM_BIAS
  }

  /// The part of one source.
  ///
  /// @param layer of it; that behind the last one for the last norm, 0 for the embedding
  /// @param head of it, 0 for what is none
  public record Part(Source source, int layer, int head, double logit) {}

  /// The sum of the parts.
  public double sum() {
    return parts.stream().mapToDouble(Part::logit).sum();
  }

  /// Takes apart the prediction after one position of a text.
  ///
  /// @param asked whose token is looked at, and against which other
  /// @throws IllegalArgumentException if a token or the position is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static LogitAttribution of(
      TracedModel model, int[] ids, int position, TokenMeasure asked) {
    TracedModel.requirePosition(position, ids.length);
    asked.require(model);
    try (var pass = new TextPass(model, ids)) {
      var seen = pass.observe(places(model.config()));
      return new Walk(model, pass, seen, position).back(asked);
    }
  }

  private static List<Place> places(ModelConfig config) {
    var places = new ArrayList<Place>();
    for (int layer = 0; layer < config.layers(); layer++) {
      for (var site : List.of(Site.RESIDUAL, Site.HEADS, Site.ATTENTION, Site.FEED_FORWARD)) {
        places.add(site.in(layer));
      }
    }
    places.add(Site.RESIDUAL.in(config.layers()));
    places.add(Site.FINAL.in(0));
    return places;
  }

  /// From the head down to the embedding, with the direction of the residual stream that makes the
  /// logit.
  private static final class Walk {
    private final TracedModel model;
    private final ModelConfig config;
    private final TextPass pass;
    private final SeenNumbers seen;
    private final int position;
    private final List<Part> parts = new ArrayList<>(); // the last one first
    private double[] direction = {}; // (width)

    Walk(TracedModel model, TextPass pass, SeenNumbers seen, int position) {
      this.model = model;
      this.config = model.config();
      this.pass = pass;
      this.seen = seen;
      this.position = position;
    }

    LogitAttribution back(TokenMeasure asked) {
      direction = headRow(asked);
      double logit = along(at(Site.FINAL.in(0)));
      scale(direction, config.embedding().logitScale());
      if (config.embedding().factorized()) {
        direction = throughHeadProjection(direction);
      }
      boolean afterSum = config.norm().placement() == Placement.AFTER_SUM;
      if (!afterSum) {
        goBack(norm(Role.FINAL_NORM, 0), at(Site.RESIDUAL.in(config.layers())), config.layers());
      }
      for (int layer = config.layers() - 1; layer >= 0; layer--) {
        feedForward(layer, afterSum);
        attention(layer, afterSum);
      }
      add(Source.EMBEDDING, 0, 0, along(at(Site.RESIDUAL.in(0))));
      return new LogitAttribution(logit, List.copyOf(parts.reversed()));
    }

    private double[] headRow(TokenMeasure asked) {
      var head = model.decoder().head(pass.tape()).value();
      var row = doubles(TextPass.row(head, asked.token()));
      if (asked.against().isPresent()) {
        var other = TextPass.row(head, asked.against().getAsInt());
        for (int i = 0; i < row.length; i++) {
          row[i] -= other[i];
        }
      }
      pass.tape().clear();
      return row;
    }

    /// From the columns of a factorised head to those of the residual stream.
    private double[] throughHeadProjection(double[] narrow) {
      int width = config.width();
      var identity = pass.arena().floats(width, width);
      for (long i = 0; i < width; i++) {
        identity.set(i * width + i, 1);
      }
      var tape = pass.tape();
      var matrix = pass.kept(model.decoder().headProjection(tape, Variable.fixed(identity)));
      var wide = new double[width];
      for (int i = 0; i < width; i++) {
        var row = TextPass.row(matrix, i);
        for (int column = 0; column < narrow.length; column++) {
          wide[i] += narrow[column] * row[column];
        }
      }
      return wide;
    }

    private void feedForward(int layer, boolean afterSum) {
      var branch = at(Site.FEED_FORWARD.in(layer));
      if (afterSum) {
        goBack(norm(Role.AFTER_FEED_FORWARD_NORM, layer), sum(between(layer), branch), layer);
      }
      add(Source.FEED_FORWARD, layer, 0, along(branch));
    }

    /// The residual stream between the branches, from what goes into it.
    private double[] between(int layer) {
      var sum = sum(at(Site.RESIDUAL.in(layer)), at(Site.ATTENTION.in(layer)));
      var norm = model.decoder().norm(Role.AFTER_ATTENTION_NORM, layer);
      return normalized(norm, sum);
    }

    private double[] normalized(NormParameters norm, double[] row) {
      var input = pass.arena().floats(1, row.length);
      for (int i = 0; i < row.length; i++) {
        input.set(i, (float) row[i]);
      }
      var output = pass.tape().normalize(Variable.fixed(input), norm);
      return doubles(TextPass.row(pass.kept(output), 0));
    }

    private void attention(int layer, boolean afterSum) {
      if (afterSum) {
        var sum = sum(at(Site.RESIDUAL.in(layer)), at(Site.ATTENTION.in(layer)));
        goBack(norm(Role.AFTER_ATTENTION_NORM, layer), sum, layer);
      }
      var stream = direction;
      var outputs = headOutputs(layer);
      int heads = config.attention().heads();
      direction = direction.clone();
      scale(direction, config.norm().branchScale());
      if (config.norm().after() && !afterSum) {
        goBack(norm(Role.AFTER_ATTENTION_NORM, layer), row(outputs, heads + 1), layer);
      }
      double bias = along(row(outputs, heads));
      add(Source.ATTENTION_BIAS, layer, 0, bias);
      for (int head = heads - 1; head >= 0; head--) {
        add(Source.HEAD, layer, head, along(row(outputs, head)) - bias);
      }
      direction = stream;
    }

    /// The output projection of each head alone, of none, and of all: (heads + 2, width).
    private Tensor headOutputs(int layer) {
      var all = TextPass.row(seen.at(Site.HEADS.in(layer)), position);
      int heads = config.attention().heads();
      int size = all.length / heads;
      var input = pass.arena().floats(heads + 2, all.length);
      for (int head = 0; head < heads; head++) {
        input.write((long) head * all.length + (long) head * size, all, head * size, size);
      }
      input.write((heads + 1L) * all.length, all, 0, all.length);
      Tape tape = pass.tape();
      return pass.kept(model.decoder().attentionOutput(tape, Variable.fixed(input), layer));
    }

    private NormParameters norm(Role role, int layer) {
      return model.decoder().norm(role, layer);
    }

    /// Takes the direction from behind a norm to before it.
    private void goBack(NormParameters parameters, double[] input, int layer) {
      var frozen = new FrozenNorm(parameters, input);
      if (parameters.bias().isPresent()) {
        add(Source.NORM_BIAS, layer, 0, frozen.bias(direction));
      }
      direction = frozen.back(direction);
    }

    private void add(Source source, int layer, int head, double logit) {
      if (logit != 0 || source != Source.ATTENTION_BIAS) {
        parts.add(new Part(source, layer, head, logit));
      }
    }

    private double along(double[] row) {
      double sum = 0;
      for (int i = 0; i < row.length; i++) {
        sum += direction[i] * row[i];
      }
      return sum;
    }

    private double[] at(Place place) {
      return row(seen.at(place), position);
    }

    private static double[] row(Tensor numbers, int row) {
      return doubles(TextPass.row(numbers, row));
    }

    private static double[] doubles(float[] row) {
      var doubles = new double[row.length];
      for (int i = 0; i < row.length; i++) {
        doubles[i] = row[i];
      }
      return doubles;
    }

    private static double[] sum(double[] a, double[] b) {
      var sum = new double[a.length];
      for (int i = 0; i < a.length; i++) {
        sum[i] = a[i] + b[i];
      }
      return sum;
    }

    private static void scale(double[] row, double factor) {
      for (int i = 0; i < row.length; i++) {
        row[i] *= factor;
      }
    }
  }
}
