package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// How many parameters a model has, by component.
///
/// @param unique numbers in the parameter table: what is shared counts once
/// @param effective numbers of the same model without shared layers and with a head of its own:
///   what the arithmetic uses
public record ParameterCount(Map<Component, Long> unique, Map<Component, Long> effective) {
  /// A part of the model. Biases of projections and of norms count together.
  public enum Component {
    TOKEN_EMBEDDING("token embedding"),
    POSITIONS("positions"),
    QUERY("attention query"),
    KEY("attention key"),
    VALUE("attention value"),
    ATTENTION_OUTPUT("attention output"),
    FEED_FORWARD("feed-forward"),
    ROUTER("router"),
    EXPERTS("experts"),
    NORMS("norms"),
    BIASES("biases"),
    HEAD("head");

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
    var tally = new Tally(config);
    for (var spec : ParameterLayout.of(config)) {
      tally.add(spec);
    }
    if (config.embedding().tied()) {
      tally.effective(Component.HEAD, (long) config.vocabularySize() * config.width());
    }
    return new ParameterCount(tally.unique, tally.effective);
  }

  private static final class Tally {
    private final ModelConfig config;
    private final Map<Component, Long> unique = new EnumMap<>(Component.class);
    private final Map<Component, Long> effective = new EnumMap<>(Component.class);

    Tally(ModelConfig config) {
      this.config = config;
    }

    void add(ParameterSpec spec) {
      long elements = spec.shape().elements();
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
  }

  private static Component component(ParameterSpec spec) {
    if (spec.bias()) {
      return Component.BIASES;
    }
    return switch (spec.role()) {
      case TOKEN_EMBEDDING -> Component.TOKEN_EMBEDDING;
      case POSITION_EMBEDDING -> Component.POSITIONS;
      case QUERY_KEY_VALUE, QUERY, QUERY_DOWN, QUERY_UP, SINKS -> Component.QUERY;
      case KEY, KEY_VALUE_DOWN -> Component.KEY;
      case VALUE, KEY_VALUE_UP -> Component.VALUE;
      case ATTENTION_OUTPUT -> Component.ATTENTION_OUTPUT;
      case GATE, UP, GATE_UP, DOWN, SHARED_GATE, SHARED_UP, SHARED_DOWN -> Component.FEED_FORWARD;
      case ROUTER, ROUTER_CORRECTION -> Component.ROUTER;
      case EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP, EXPERT_DOWN -> Component.EXPERTS;
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

  private static long sum(Map<Component, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
