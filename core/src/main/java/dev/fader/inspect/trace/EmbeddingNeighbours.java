package dev.fader.inspect.trace;

import dev.fader.model.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The tokens whose embeddings point most nearly where that of one token does.
///
/// @param neighbours the nearest first
public record EmbeddingNeighbours(int id, List<Neighbour> neighbours) {
  /// Tokens between two looks at whether anybody waits.
  private static final int SOME = 1024;

  /// A token, and the cosine of the angle between the embeddings.
  public record Neighbour(int id, double cosine) {}

  /// Compares the embedding of a token with all others.
  ///
  /// @param count how many neighbours are told
  /// @throws IllegalArgumentException if the token or the count is out of range
  public static EmbeddingNeighbours of(TracedModel model, int id, int count) {
    model.requireToken(id);
    int vocabulary = model.config().vocabularySize();
    if (count < 1 || count > vocabulary) {
      throw new IllegalArgumentException(
          "%d neighbours among %d tokens: give a number from 1 to %d"
              .formatted(count, vocabulary, vocabulary));
    }
    model.decoder().requireOpen();
    var table = model.decoder().parameters().weight(Role.TOKEN_EMBEDDING).value();
    var own = TextPass.row(table, id);
    double ownNorm = Math.sqrt(product(own, own));
    var nearest =
        new PriorityQueue<Neighbour>(
            Comparator.comparingDouble(Neighbour::cosine)
                .thenComparing(Neighbour::id, Comparator.reverseOrder()));
    for (int other = 0; other < vocabulary; other++) {
      if (other % SOME == 0) {
        model.requireWanted();
      }
      if (other != id) {
        var row = TextPass.row(table, other);
        double norms = ownNorm * Math.sqrt(product(row, row));
        nearest.add(new Neighbour(other, norms == 0 ? 0 : product(own, row) / norms));
        if (nearest.size() > count) {
          nearest.poll();
        }
      }
    }
    var sorted = new ArrayList<Neighbour>();
    while (!nearest.isEmpty()) {
      sorted.add(nearest.poll());
    }
    return new EmbeddingNeighbours(id, List.copyOf(sorted.reversed()));
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
