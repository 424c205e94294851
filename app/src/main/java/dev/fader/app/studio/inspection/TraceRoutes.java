package dev.fader.app.studio.inspection;

import dev.fader.app.studio.request.PromptFields;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.Ablation;
import dev.fader.inspect.trace.AttentionStates;
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
import dev.fader.model.Site;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.Range;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A text going through a model: what `fader trace` shows, with the options of its commands.
///
/// @param kept of the attention that was looked at last
record TraceRoutes(ServedModels models, KeptStates kept) {
  private static final int MOST_SHOWN = 1000;
  private static final int MOST_PAIRS = 64;
  private static final int LONGEST_TEXT = 1 << 20;
  private static final Range STRENGTH = Range.of(-1e6, 1e6);

  TraceRoutes(ServedModels models) {
    this(models, new KeptStates());
  }

  /// A view, as an object.
  @FunctionalInterface
  private interface View {
    Map<String, Object> of(TraceQuestion asked);
  }

  List<Route> routes() {
    return List.of(
        route("lens", TraceRoutes::lens),
        route("attention", this::attention),
        route("attribution", TraceRoutes::attribution),
        route("sensitivity", TraceRoutes::sensitivity),
        route("activations", TraceRoutes::activations),
        route("heads", TraceRoutes::heads),
        route("experts", TraceRoutes::experts),
        route("neighbours", TraceRoutes::neighbours),
        route("ablate", TraceRoutes::ablate),
        route("patch", TraceRoutes::patch),
        route("steer", TraceRoutes::steer));
  }

  private Route route(String name, View view) {
    return Route.post(InspectionRoutes.PATH + "trace/" + name, exchange -> answer(exchange, view));
  }

  private void answer(Exchange exchange, View view) throws Exception {
    long start = System.nanoTime();
    var body = BodyFields.of(exchange.body());
    var mix = PromptFields.mix(body);
    try (var lease = models.lease(Optional.of(body.requiredText("model")))) {
      var object =
          lease.trace(
              exchange, mix, traced -> view.of(new TraceQuestion(exchange, body, lease, traced)));
      Answers.send(exchange, object, start);
    }
  }

  private static Map<String, Object> lens(TraceQuestion asked) {
    int[] ids = asked.ids();
    var config = asked.model().config();
    int top = Math.min(asked.shown(3, MOST_SHOWN), config.vocabularySize());
    int[] positions = asked.positions(ids);
    var target = asked.token("token").map(OptionalInt::of).orElse(OptionalInt.empty());
    asked.reserve((10L + 4L * top) * (config.layers() + 1) * positions.length);
    var lens = LogitLens.of(asked.model(), ids, new LogitLens.Question(positions, top, target));
    return asked.view().of(ids, lens);
  }

  private Map<String, Object> attention(TraceQuestion asked) {
    int[] ids = asked.ids();
    var config = asked.model().config();
    int layer = asked.number("layer", config.layers());
    int head = asked.number("head", config.attention().heads());
    boolean one = asked.body().has("position");
    int first = one ? asked.position(ids) : 0;
    int end = one ? first + 1 : ids.length;
    asked.reserve((long) ids.length * (ids.length + 1) / (one ? 4 : 2) + 3L * ids.length);
    var states =
        kept.of(
            asked.lease(),
            PromptFields.mix(asked.body()),
            new KeptStates.Text(ids, layer),
            () -> AttentionStates.of(asked.model(), ids, layer));
    var map = states.map(head);
    return asked.view().of(ids, map, first, end);
  }

  private static Map<String, Object> attribution(TraceQuestion asked) {
    int[] ids = asked.ids();
    int position = asked.position(ids);
    var measure = asked.measure(ids, position);
    var attribution = LogitAttribution.of(asked.model(), ids, position, measure);
    return asked.view().of(measure, position, attribution);
  }

  private static Map<String, Object> sensitivity(TraceQuestion asked) {
    int[] ids = asked.ids();
    int position = asked.position(ids);
    var measure = asked.measure(ids, position);
    return asked.view().of(measure, Sensitivity.of(asked.model(), ids, position, measure));
  }

  private static Map<String, Object> activations(TraceQuestion asked) {
    return TraceView.of(SiteStatistics.of(asked.model(), asked.ids()));
  }

  private static Map<String, Object> heads(TraceQuestion asked) {
    long seed = asked.body().wholeLong("seed", Long.MIN_VALUE, Long.MAX_VALUE).orElse(1L);
    return TraceView.of(seed, HeadRoles.of(asked.model(), seed));
  }

  private static Map<String, Object> experts(TraceQuestion asked) {
    if (asked.model().config().feedForward().experts().isEmpty()) {
      throw ApiException.invalid(
          "model", asked.name() + " has no experts: each token goes through all of it");
    }
    int[] ids = asked.ids();
    asked.reserve(20L * ids.length * asked.model().config().layers());
    return asked.view().of(ids, ExpertChoices.of(asked.model(), ids));
  }

  private static Map<String, Object> neighbours(TraceQuestion asked) {
    int id = asked.token("token").orElseThrow(() -> asked.body().missing("token"));
    int top = Math.min(asked.shown(10, MOST_SHOWN), asked.model().config().vocabularySize());
    return asked.view().of(EmbeddingNeighbours.of(asked.model(), id, top));
  }

  private static Map<String, Object> ablate(TraceQuestion asked) {
    int[] text = asked.ids();
    int[] ids = Arrays.copyOf(text, asked.position(text) + 1);
    var filling = filling(asked);
    var measure = asked.measure(ids, ids.length - 1);
    return asked.view().of(measure, Ablation.of(asked.model(), ids, measure, filling));
  }

  private static Ablation.Filling filling(TraceQuestion asked) {
    var by = asked.body().word("by", List.of("zero", "mean"));
    var other = asked.body().text("other");
    if (by.isPresent() && other.isPresent()) {
      throw ApiException.invalid("other", "`by` and `other` exclude each other: give one of them");
    }
    if (other.isPresent()) {
      return new Ablation.Filling.Other(asked.tokens("other", other.get()));
    }
    return by.filter("mean"::equals).isPresent()
        ? new Ablation.Filling.Mean()
        : new Ablation.Filling.Zero();
  }

  private static Map<String, Object> patch(TraceQuestion asked) {
    int[] text = asked.ids();
    int dropped = text.length - 1 - asked.position(text);
    int[] ids = Arrays.copyOf(text, text.length - dropped);
    int[] other = asked.tokens("from", asked.body().requiredText("from"));
    if (dropped >= other.length) {
      throw ApiException.invalid(
          "from",
          "`from` has %d tokens, and none is left without the last %d that stand behind `position`"
              .formatted(other.length, dropped));
    }
    int[] source = Arrays.copyOf(other, other.length - dropped);
    var measure = asked.measure(source, source.length - 1);
    var texts = new Patching.Texts(source, ids);
    var site = site(asked.body());
    long across = Math.max(ids.length, asked.model().config().attention().heads());
    asked.reserve(2 * across * asked.model().config().layers());
    var grid =
        site == Site.HEADS
            ? Patching.ofHeads(asked.model(), texts, measure)
            : Patching.ofPositions(asked.model(), texts, site, measure);
    return asked.view().of(ids, measure, grid);
  }

  private static Site site(BodyFields body) {
    var words = List.of("residual", "attention", "feed-forward", "feed_forward", "heads");
    return body.word("site", words)
        .map(word -> Site.valueOf(word.replace('-', '_').toUpperCase(Locale.ROOT)))
        .orElse(Site.RESIDUAL);
  }

  private static Map<String, Object> steer(TraceQuestion asked) {
    int[] ids = asked.ids();
    var body = asked.body();
    var more = body.texts("more", MOST_PAIRS, LONGEST_TEXT);
    var less = body.texts("less", MOST_PAIRS, LONGEST_TEXT);
    if (more.isEmpty() || more.size() != less.size()) {
      throw ApiException.invalid(
          "more", "%d of `more` and %d of `less`: give pairs".formatted(more.size(), less.size()));
    }
    var pairs = new ArrayList<SteeringVector.Pair>();
    for (int i = 0; i < more.size(); i++) {
      pairs.add(
          new SteeringVector.Pair(
              asked.tokens("more", more.get(i)), asked.tokens("less", less.get(i))));
    }
    int layers = asked.model().config().layers();
    int layer = body.whole("layer", 0, layers - 1).orElse(layers / 2);
    float strength = body.number("strength", STRENGTH).orElse(1f);
    int maxTokens = body.whole("max_tokens", 1, asked.model().config().context()).orElse(40);
    var over =
        SteeringVector.Over.valueOf(
            body.word("over", List.of("last", "all")).orElse("last").toUpperCase(Locale.ROOT));
    var vector = SteeringVector.of(asked.model(), pairs, layer, over);
    var writing = new SteeredText.Writing(strength, maxTokens);
    return TraceView.of(vector, strength, SteeredText.of(asked.model(), ids, vector, writing));
  }
}
