package dev.fader.app.view;

import dev.fader.generate.Prediction.Candidate;
import dev.fader.inspect.trace.Ablation;
import dev.fader.inspect.trace.ActivatingTexts;
import dev.fader.inspect.trace.AttentionMap;
import dev.fader.inspect.trace.EmbeddingNeighbours;
import dev.fader.inspect.trace.ExpertChoices;
import dev.fader.inspect.trace.HeadRoles;
import dev.fader.inspect.trace.LogitAttribution;
import dev.fader.inspect.trace.LogitLens;
import dev.fader.inspect.trace.Patching;
import dev.fader.inspect.trace.Sensitivity;
import dev.fader.inspect.trace.SiteStatistics;
import dev.fader.inspect.trace.SteeredText;
import dev.fader.inspect.trace.SteeringVector;
import dev.fader.inspect.trace.TokenMeasure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/// A text going through a model: the views of [dev.fader.inspect.trace] as objects.
public record TraceView(TokenPieces pieces) {
  private static final double NATS_IN_A_BIT = Math.log(2);

  /// What each layer would say.
  public Map<String, Object> of(int[] ids, LogitLens lens) {
    var columns = new ArrayList<Map<String, Object>>();
    for (var column : lens.columns()) {
      columns.add(
          Json.object(
              "position", column.position(),
              "token", pieces.object(column.target()),
              "layers", column.readings().stream().map(this::object).toList()));
    }
    return Json.object("tokens", pieces.objects(ids), "positions", columns);
  }

  private Map<String, Object> object(LogitLens.Reading reading) {
    return Json.object(
        "layers", reading.layers(),
        "rank", reading.rank(),
        "probability", reading.probability(),
        "log_probability", reading.logProbability(),
        "divergence_bits", reading.divergence() / NATS_IN_A_BIT,
        "top", reading.top().stream().map(this::object).toList());
  }

  private Map<String, Object> object(Candidate candidate) {
    var object = pieces.object(candidate.id());
    object.put("probability", candidate.probability());
    object.put("logit", candidate.logit());
    return object;
  }

  /// Where a head looks, of the tokens from `first` to `end - 1`.
  public Map<String, Object> of(int[] ids, AttentionMap map, int first, int end) {
    return Json.object(
        "tokens", pieces.objects(ids),
        "layer", map.layer(),
        "head", map.head(),
        "first", first,
        "weights", IntStream.range(first, end).mapToObj(t -> map.weights()[t]).toList(),
        "sinks", IntStream.range(first, end).mapToObj(t -> map.sinks()[t]).toList());
  }

  /// What made a token likely.
  public Map<String, Object> of(TokenMeasure asked, int position, LogitAttribution attribution) {
    var object = pieces.object(asked);
    object.put("position", position);
    object.put("logit", attribution.logit());
    object.put("sum", attribution.sum());
    object.put("parts", attribution.parts().stream().map(TraceView::object).toList());
    return object;
  }

  private static Map<String, Object> object(LogitAttribution.Part part) {
    return Json.object(
        "source", word(part.source()),
        "layer", part.layer(),
        "head", part.head(),
        "logit", part.logit());
  }

  /// Which gains and tokens matter.
  public Map<String, Object> of(TokenMeasure asked, Sensitivity sensitivity) {
    var object = pieces.object(asked);
    object.put("value", sensitivity.value());
    object.put("gains", sensitivity.dials().stream().map(TraceView::object).toList());
    object.put("neurons", sensitivity.neurons());
    object.put("tokens", sensitivity.tokens().stream().map(this::object).toList());
    return object;
  }

  private static Map<String, Object> object(Sensitivity.Dial dial) {
    return Json.object(
        "kind", word(dial.kind()),
        "layer", dial.layer(),
        "index", dial.index(),
        "slope", dial.slope());
  }

  private Map<String, Object> object(Sensitivity.Token token) {
    var object = pieces.object(token.id());
    object.put("position", token.position());
    object.put("slope", token.slope());
    object.put("gradient_norm", token.norm());
    return object;
  }

  /// What the prediction is without each part.
  public Map<String, Object> of(TokenMeasure asked, Ablation ablation) {
    var object = pieces.object(asked);
    object.put("value", ablation.value());
    object.put("without", ablation.losses().stream().map(TraceView::object).toList());
    return object;
  }

  private static Map<String, Object> object(Ablation.Loss loss) {
    return Json.object(
        "kind", word(loss.kind()),
        "layer", loss.layer(),
        "head", loss.head(),
        "value", loss.value());
  }

  /// Where the difference between two texts is.
  public Map<String, Object> of(int[] ids, TokenMeasure asked, Patching grid) {
    var object = pieces.object(asked);
    object.put("tokens", pieces.objects(ids));
    object.put("site", word(grid.site()));
    object.put("source", grid.source());
    object.put("target", grid.target());
    object.put("values", grid.values());
    return object;
  }

  /// A text written with a direction added.
  public static Map<String, Object> of(SteeringVector vector, float strength, SteeredText texts) {
    return Json.object(
        "layer", vector.layer(),
        "strength", strength,
        "norm", vector.norm(),
        "stream_norm", vector.streamNorm(),
        "vector", vector.direction(),
        "plain", texts.plain(),
        "steered", texts.steered());
  }

  /// The numbers that flow.
  public static Map<String, Object> of(List<SiteStatistics> sites) {
    return Json.object("sites", sites.stream().map(TraceView::object).toList());
  }

  private static Map<String, Object> object(SiteStatistics of) {
    return Json.object(
        "site", word(of.place().site()),
        "layer", of.place().layer(),
        "columns", of.columns(),
        "mean", of.mean(),
        "deviation", of.deviation(),
        "norm", of.norm(),
        "largest", of.largest(),
        "largest_position", of.largestPosition(),
        "largest_column", of.largestColumn(),
        "zeros", of.zeros(),
        "not_finite", of.notFinite());
  }

  /// Who was chosen for what.
  public Map<String, Object> of(int[] ids, ExpertChoices choices) {
    return Json.object(
        "tokens", pieces.objects(ids),
        "layers", choices.layers().stream().map(TraceView::object).toList());
  }

  private static Map<String, Object> object(ExpertChoices.Layer layer) {
    return Json.object(
        "layer", layer.layer(),
        "experts", layer.count(),
        "chosen", layer.experts(),
        "weights", layer.weights(),
        "tokens_by_expert", layer.tokens());
  }

  /// What heads do, by test.
  public static Map<String, Object> of(long seed, HeadRoles roles) {
    return Json.object(
        "seed", seed, "heads", roles.heads().stream().map(TraceView::object).toList());
  }

  private static Map<String, Object> object(HeadRoles.Head head) {
    var object = Json.object("layer", head.layer(), "head", head.head());
    for (var name : HeadRoles.Name.values()) {
      object.put(word(name), head.score(name));
    }
    object.put("names", head.names().stream().map(TraceView::words).toList());
    return object;
  }

  /// What a head is called.
  public static String words(HeadRoles.Name name) {
    return word(name).replace('_', ' ');
  }

  /// Tokens with similar embeddings.
  public Map<String, Object> of(EmbeddingNeighbours found) {
    var list = new ArrayList<Map<String, Object>>();
    for (var neighbour : found.neighbours()) {
      var object = pieces.object(neighbour.id());
      object.put("cosine", neighbour.cosine());
      list.add(object);
    }
    return Json.object("token", pieces.object(found.id()), "neighbours", list);
  }

  /// The texts that activate a part most.
  ///
  /// @param place adds where a text is from
  public Map<String, Object> of(
      ActivatingTexts found, BiConsumer<Long, Map<String, Object>> place) {
    var object =
        switch (found.part()) {
          case ActivatingTexts.Neuron(int layer, int neuron) ->
              Json.object("layer", layer, "neuron", neuron);
          case ActivatingTexts.Head(int layer, int head) ->
              Json.object("layer", layer, "head", head);
        };
    object.put("texts_read", found.read());
    object.put("tokens_read", found.tokens());
    object.put("mean", found.mean());
    object.put("deviation", found.deviation());
    object.put("above_zero", found.above());
    var texts = new ArrayList<Map<String, Object>>();
    for (var text : found.texts()) {
      var one = Json.object("value", text.value(), "strongest", text.strongest());
      place.accept(text.number(), one);
      one.put("tokens", pieces.objects(text.ids()));
      one.put("values", text.values());
      texts.add(one);
    }
    object.put("texts", texts);
    return object;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
