package dev.fader.inspect.trace;

import dev.fader.generate.Prediction;
import dev.fader.generate.Prediction.Candidate;
import dev.fader.model.Place;
import dev.fader.model.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// The logit lens (nostalgebraist 2020): what the model would predict if its layers ended earlier.
/// The residual stream before each layer, and behind the last, goes through the last norm and the
/// head.
///
/// @param columns one for each position that was asked for
public record LogitLens(List<Column> columns) {
  /// What is asked.
  ///
  /// @param positions of the text, after which something is predicted
  /// @param top how many of the most probable tokens are told
  /// @param target the token that is followed; that which the whole model finds most probable, if
  ///   there is none
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  public record Question(int[] positions, int top, OptionalInt target) {
    /// After the last token.
    public static Question ofLast(int[] ids, int top) {
      return new Question(new int[] {ids.length - 1}, top, OptionalInt.empty());
    }

    /// After every token.
    public static Question ofAll(int[] ids, int top) {
      return new Question(TextPass.allRows(ids.length), top, OptionalInt.empty());
    }
  }

  /// What is predicted after one position, layer by layer.
  ///
  /// @param target the token that is followed
  /// @param readings the embedding's first, then one behind each layer; the last one is the model's
  ///   own
  public record Column(int position, int target, List<Reading> readings) {}

  /// What would be predicted behind some layers.
  ///
  /// @param layers how many layers the text has passed
  /// @param top the most probable tokens
  /// @param rank of the token that is followed, 1 for the most probable
  /// @param logProbability of it, in nats
  /// @param divergence of the model's own prediction from this one (KL), in nats
  public record Reading(
      int layers,
      List<Candidate> top,
      int rank,
      double probability,
      double logProbability,
      double divergence) {}

  /// Reads a text.
  ///
  /// @throws IllegalArgumentException if a token, a position or the number of candidates is out of
  ///   range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static LogitLens of(TracedModel model, int[] ids, Question question) {
    int layers = model.config().layers();
    requireQuestion(model, ids, question);
    try (var pass = new TextPass(model, ids)) {
      var places = new ArrayList<Place>();
      for (int layer = 0; layer <= layers; layer++) {
        places.add(Site.RESIDUAL.in(layer));
      }
      var streams = pass.observe(places);
      return new LogitLens(new Reader(model, pass, streams, question).columns());
    }
  }

  /// The token that the model finds most probable after a position of a text.
  ///
  /// @throws IllegalArgumentException if a token or the position is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static int mostProbable(TracedModel model, int[] ids, int position) {
    TracedModel.requirePosition(position, ids.length);
    try (var pass = new TextPass(model, ids)) {
      var place = Site.FINAL.in(0);
      var states = pass.observe(List.of(place)).at(place);
      return Prediction.of(position, pass.logits(states, position)).top(1).getFirst().id();
    }
  }

  private static void requireQuestion(TracedModel model, int[] ids, Question question) {
    for (int position : question.positions) {
      TracedModel.requirePosition(position, ids.length);
    }
    if (question.positions.length == 0) {
      throw new IllegalArgumentException("no positions to read: give some");
    }
    if (question.top < 0 || question.top > model.config().vocabularySize()) {
      throw new IllegalArgumentException(
          "the %d most probable of %d tokens: give a number from 0 to %d"
              .formatted(
                  question.top, model.config().vocabularySize(), model.config().vocabularySize()));
    }
    if (question.target.isPresent()) {
      model.requireToken(question.target.getAsInt());
    }
  }

  private record Reader(TracedModel model, TextPass pass, SeenNumbers streams, Question question) {
    List<Column> columns() {
      int layers = model.config().layers();
      var columns = new ArrayList<Column>();
      for (int position : question.positions) {
        var states = pass.arena().floats(layers + 1, model.config().width());
        streams
            .byPlace()
            .forEach((place, stream) ->
                states.slice(place.layer(), 1).copyFrom(stream.slice(position, 1)));
        var normalized = pass.finalNorm(states);
        var own = Prediction.of(position, pass.logits(normalized, layers));
        int target = question.target.orElseGet(() -> own.top(1).getFirst().id());
        var readings = new ArrayList<Reading>();
        pass.logits(
            normalized,
            TextPass.allRows(layers + 1),
            (layer, logits) -> readings.add(reading(layer, logits, target, own)));
        columns.add(new Column(position, target, readings));
      }
      return columns;
    }

    private Reading reading(int layer, float[] logits, int target, Prediction own) {
      var prediction = Prediction.of(0, logits);
      int rank = 1;
      for (float logit : logits) {
        rank += logit > logits[target] ? 1 : 0;
      }
      double logProbability = -prediction.loss(target);
      return new Reading(
          layer,
          prediction.top(question.top),
          rank,
          Math.exp(logProbability),
          logProbability,
          divergence(own, prediction));
    }

    private static double divergence(Prediction own, Prediction other) {
      double sum = 0;
      int vocabulary = own.logits().length;
      for (int id = 0; id < vocabulary; id++) {
        double surprisal = own.loss(id);
        sum += Math.exp(-surprisal) * (other.loss(id) - surprisal);
      }
      return Math.max(0, sum); // below it by rounding only
    }
  }
}
