package dev.fader.inspect.count;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The number of parameters of a model by component.
///
/// @param unique entries of the parameter table: shared ones count once
/// @param effective parameters without sharing between layers and with an untied head, as the
///   number of operations depends on them
/// @param active parameters that one token uses: of experts, the selected ones
public record ParameterCount(
    Map<Component, Long> unique, Map<Component, Long> effective, long active) {
  /// A component of the model. Biases belong to their projections and norms.
  public enum Component {
    TOKEN_EMBEDDING("token embedding"),
    /// The second matrices of a factorised embedding and its head.
    EMBEDDING_PROJECTION("embedding projection"),
    POSITIONS("positions"),
    QUERY("attention query"),
    KEY("attention key"),
    VALUE("attention value"),
    /// Fused projections and latents, which belong to several components.
    JOINT("attention, joint"),
    SINKS("attention sinks"),
    ATTENTION_OUTPUT("attention output"),
    FEED_FORWARD("feed-forward"),
    ROUTER("router"),
    EXPERTS("experts"),
    SHARED_EXPERTS("shared experts"),
    NORMS("norms"),
    BIASES("biases"),
    HEAD("head"),
    OTHER("other");

    private final String title;

    Component(String title) {
      this.title = title;
    }

    /// Its name in reports.
    public String title() {
      return title;
    }
  }

  public ParameterCount {
    unique = Collections.unmodifiableMap(new EnumMap<>(unique));
    effective = Collections.unmodifiableMap(new EnumMap<>(effective));
  }

  /// The count of the model that `config` describes.
  public static ParameterCount of(ModelConfig config) {
    return of(config, ParameterLayout.of(config));
  }

  /// The count of some of its entries.
  static ParameterCount of(ModelConfig config, List<ParameterSpec> specs) {
    var tally = new Counter(config);
    for (var spec : specs) {
      tally.add(spec);
    }
    boolean whole = specs.stream().anyMatch(spec -> spec.role() == Role.TOKEN_EMBEDDING);
    if (whole && config.embedding().tied()) {
      tally.effective(Component.HEAD, (long) config.vocabularySize() * config.embeddingWidth());
    }
    return new ParameterCount(tally.unique, tally.effective, tally.active());
  }

  private static final class Counter {
    private final ModelConfig config;
    private final Map<Component, Long> unique = new EnumMap<>(Component.class);
    private final Map<Component, Long> effective = new EnumMap<>(Component.class);
    private long everyToken;
    private long experts;

    Counter(ModelConfig config) {
      this.config = config;
    }

    void add(ParameterSpec spec) {
      long elements = spec.shape().elements();
      if (spec.role().isExpert()) {
        experts += elements;
      } else {
        everyToken += elements;
      }
      if (spec.role() == Role.QUERY_KEY_VALUE && !spec.bias()) {
        var attention = config.attention();
        long perColumn = elements / (attention.queryWidth() + 2L * attention.keyValueWidth());
        add(Component.QUERY, perColumn * attention.queryWidth(), true);
        add(Component.KEY, perColumn * attention.keyValueWidth(), true);
        add(Component.VALUE, perColumn * attention.keyValueWidth(), true);
      } else {
        add(component(spec), elements, spec.role().inLayer());
      }
    }

    private void add(Component component, long elements, boolean inLayer) {
      unique.merge(component, elements, Long::sum);
      effective(component, elements * (inLayer ? config.sharedLayers() : 1));
    }

    void effective(Component component, long elements) {
      effective.merge(component, elements, Long::sum);
    }

    /// Exact, because all experts of a layer are alike.
    long active() {
      var some = config.feedForward().experts();
      return some.isEmpty() ? everyToken : everyToken + chosen(experts, some.get());
    }
  }

  /// The elements of the experts that a token uses, out of `elements` in all experts.
  static long chosen(long elements, Experts experts) {
    return elements / experts.count() * experts.routing().perToken();
  }

  /// The fraction of the entries of `role` that one token uses.
  public static double usedPart(ModelConfig config, Role role) {
    var experts = config.feedForward().experts();
    return role.isExpert() && experts.isPresent()
        ? (double) experts.get().routing().perToken() / experts.get().count()
        : 1;
  }

  private static Component component(ParameterSpec spec) {
    if (spec.bias()) {
      return Component.BIASES;
    }
    return switch (spec.role()) {
      case TOKEN_EMBEDDING -> Component.TOKEN_EMBEDDING;
      case EMBEDDING_PROJECTION, HEAD_PROJECTION -> Component.EMBEDDING_PROJECTION;
      case POSITION_EMBEDDING -> Component.POSITIONS;
      case QUERY_KEY_VALUE, QUERY, QUERY_DOWN, QUERY_UP -> Component.QUERY;
      case KEY -> Component.KEY;
      case VALUE -> Component.VALUE;
      case KEY_VALUE_DOWN, KEY_VALUE_UP -> Component.JOINT;
      case SINKS -> Component.SINKS;
      case ATTENTION_OUTPUT -> Component.ATTENTION_OUTPUT;
      case GATE, UP, GATE_UP, DOWN -> Component.FEED_FORWARD;
      case ROUTER, ROUTER_CORRECTION -> Component.ROUTER;
      case EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP, EXPERT_DOWN -> Component.EXPERTS;
      case SHARED_GATE, SHARED_UP, SHARED_DOWN -> Component.SHARED_EXPERTS;
      case ATTENTION_NORM,
          QUERY_DOWN_NORM,
          KEY_VALUE_DOWN_NORM,
          QUERY_NORM,
          KEY_NORM,
          AFTER_ATTENTION_NORM,
          FEED_FORWARD_NORM,
          AFTER_FEED_FORWARD_NORM,
          FINAL_NORM ->
          Component.NORMS;
      case HEAD -> Component.HEAD;
    };
  }

  /// The total of the parameter table: what a file of the model contains.
  public long total() {
    return sum(unique);
  }

  /// The total without any sharing.
  public long effectiveTotal() {
    return sum(effective);
  }

  static long sum(Map<Component, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
