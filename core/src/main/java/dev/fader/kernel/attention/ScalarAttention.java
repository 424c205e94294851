package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;

/// The reference: one query after the other, as the definition reads.
record ScalarAttention(AttentionShape shape, AttentionInputs in) {
  void forward(Workers workers, Matrix out, Tensor logSumExp) {
    workers.forEach(
        shape.batch() * shape.heads(),
        (chunk, worker) -> {
          var place = new AttentionHead(shape, chunk / shape.heads(), chunk % shape.heads());
          var head = new Head(place, in);
          var headOut = place.ofQueryHead(out);
          for (int t = 0; t < shape.queries(); t++) {
            head.forward(t, headOut);
            logSumExp.set(place.statistic(t), head.logSumExp);
          }
        });
  }

  void backward(Workers workers, Attention.Result result, AttentionInputs gradients) {
    int group = shape.heads() / shape.keyValueHeads();
    workers.forEach(
        shape.batch() * shape.keyValueHeads(),
        (chunk, worker) -> {
          int batch = chunk / shape.keyValueHeads();
          int firstHead = chunk % shape.keyValueHeads() * group;
          var keyHead = new AttentionHead(shape, batch, firstHead);
          keyHead.ofKeyHead(gradients.key()).fill(0);
          keyHead.ofKeyHead(gradients.value()).fill(0);
          for (int h = firstHead; h < firstHead + group; h++) {
            var head = new Head(new AttentionHead(shape, batch, h), in);
            for (int t = 0; t < shape.queries(); t++) {
              head.backward(t, result, gradients);
            }
          }
        });
  }

  /// One query head of one sequence.
  private static final class Head {
    private final AttentionHead place;
    private final AttentionShape shape;
    private final Matrix query; // (queries, headSize)
    private final Matrix key; // (keys, headSize)
    private final Matrix value; // (keys, headSize)
    private final float[] scores;
    private final float sink;
    private float logSumExp;

    Head(AttentionHead place, AttentionInputs in) {
      this.place = place;
      shape = place.shape();
      query = place.ofQueryHead(in.query());
      key = place.ofKeyHead(in.key());
      value = place.ofKeyHead(in.value());
      scores = new float[shape.keys()];
      sink = in.sink(place.head());
    }

    void forward(int t, Matrix out) {
      int first = shape.firstKey(t);
      int end = shape.endKey(t);
      float largest = sink;
      for (int j = first; j < end; j++) {
        scores[j] = score(t, j);
        largest = Math.max(largest, scores[j]);
      }
      float sum = (float) Math.exp(sink - largest);
      for (int j = first; j < end; j++) {
        scores[j] = (float) Math.exp(scores[j] - largest);
        sum += scores[j];
      }
      for (int d = 0; d < shape.headSize(); d++) {
        float weighted = 0;
        for (int j = first; j < end; j++) {
          weighted += scores[j] * value.get(j, d);
        }
        out.set(t, d, weighted / sum);
      }
      logSumExp = largest + (float) Math.log(sum);
    }

    private float score(int t, int j) {
      float score = shape.scale() * dot(query, t, key, j);
      return shape.softCap() > 0
          ? shape.softCap() * (float) Math.tanh(score / shape.softCap())
          : score;
    }

    /// With p the weights and g the gradient of the output: dv += p g; dp = g v; ds = p (dp - sum(p
    /// dp)), where sum(p dp) = g . out.
    void backward(int t, Attention.Result result, AttentionInputs gradients) {
      var outGradient = place.ofQueryHead(result.outGradient());
      var queryGradient = place.ofQueryHead(gradients.query());
      var keyGradient = place.ofKeyHead(gradients.key());
      var valueGradient = place.ofKeyHead(gradients.value());
      float weightedMean = dot(outGradient, t, place.ofQueryHead(result.out()), t);
      float total = result.logSumExp().get(place.statistic(t));
      queryGradient.rows(t, 1).fill(0);
      for (int j = shape.firstKey(t); j < shape.endKey(t); j++) {
        float score = score(t, j);
        float weight = (float) Math.exp(score - total);
        addScaled(weight, outGradient, t, valueGradient, j);
        float slope = weight * (dot(outGradient, t, value, j) - weightedMean) * shape.scale();
        if (shape.softCap() > 0) {
          float tanh = score / shape.softCap();
          slope *= 1 - tanh * tanh;
        }
        addScaled(slope, key, j, queryGradient, t);
        addScaled(slope, query, t, keyGradient, j);
      }
    }

    private static float dot(Matrix a, int i, Matrix b, int j) {
      float sum = 0;
      for (int d = 0; d < a.columns(); d++) {
        sum += a.get(i, d) * b.get(j, d);
      }
      return sum;
    }

    private static void addScaled(float factor, Matrix from, int i, Matrix to, int j) {
      for (int d = 0; d < from.columns(); d++) {
        to.set(j, d, to.get(j, d) + factor * from.get(i, d));
      }
    }
  }
}
