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

/// How many parameters a model has, by component.
///
/// @param unique numbers in the parameter table: what is shared counts once
/// @param effective numbers of the same model without shared layers and with a head of its own:
///   what the arithmetic uses
/// @param active numbers of the parameter table that one token uses: of experts, the chosen ones
public record ParameterCount(
    Map<Component, Long> unique, Map<Component, Long> effective, long active) {
  /// A part of the model. Biases of projections and of norms count together.
  public enum Component {
    TOKEN_EMBEDDING("token embedding"),
    POSITIONS("positions"),
    QUERY("attention query"),
    KEY("attention key"),
    VALUE("attention value"),
    /// What cannot be told apart: one matrix for several of them, or a latent of keys and values.
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
    var tally = new Tally(config);
    for (var spec : specs) {
      tally.add(spec);
    }
    boolean whole = specs.stream().anyMatch(spec -> spec.role() == Role.TOKEN_EMBEDDING);
    if (whole && config.embedding().tied()) {
      tally.effective(Component.HEAD, (long) config.vocabularySize() * config.width());
    }
    return new ParameterCount(tally.unique, tally.effective, tally.active());
  }

  private static final class Tally {
    private final ModelConfig config;
    private final Map<Component, Long> unique = new EnumMap<>(Component.class);
    private final Map<Component, Long> effective = new EnumMap<>(Component.class);
    private long everyToken;
    private long experts;

    Tally(ModelConfig config) {
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

    /// All experts of a layer are alike, so that the division leaves nothing.
    long active() {
      var some = config.feedForward().experts();
      return some.isEmpty() ? everyToken : everyToken + chosen(experts, some.get());
    }
  }

  /// How many of `elements` in all experts are in those that a token goes to.
  static long chosen(long elements, Experts experts) {
    return elements / experts.count() * experts.routing().perToken();
  }

  /// The part of the entries of `role` that one token uses.
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

  /// Numbers in the parameter table: what a file of the model holds.
  public long total() {
    return sum(unique);
  }

  /// Numbers of the same model if nothing were shared.
  public long effectiveTotal() {
    return sum(effective);
  }

  static long sum(Map<Component, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
