package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.Spelling;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// Full tuning: entries of the parameter table that learn themselves, as float32, with nothing
/// beside them. A matrix that is shared is one entry.
///
/// @param train patterns of names, see [NamePattern#isIn]; [#ALL] for all entries
/// @param freeze patterns of those of them that stay as they are
public record FullMethod(List<String> train, List<String> freeze) implements AdapterMethod {
  /// Every entry.
  public static final String ALL = "all";

  public FullMethod {
    train = List.copyOf(train);
    freeze = List.copyOf(freeze);
  }

  void build(AdapterBuilder builder) {
    for (var spec : entries(builder.model())) {
      builder.learnItself(spec);
    }
  }

  /// The entries that learn.
  ///
  /// @throws AdapterException if a pattern is none, or matches nothing, with the nearest names, or
  ///   nothing is left to learn
  public List<ParameterSpec> entries(ModelConfig model) {
    var specs = ParameterLayout.of(model);
    var learned = new LinkedHashSet<ParameterSpec>();
    for (var pattern : train) {
      learned.addAll(pattern.equals(ALL) ? specs : matching(pattern, model, specs));
    }
    for (var pattern : freeze) {
      learned.removeAll(matching(pattern, model, specs));
    }
    if (learned.isEmpty()) {
      throw new AdapterException(
          "nothing is left to learn: all that %s selects is frozen by %s"
              .formatted(String.join(", ", train), String.join(", ", freeze)));
    }
    return List.copyOf(learned);
  }

  private static List<ParameterSpec> matching(
      String text, ModelConfig model, List<ParameterSpec> specs) {
    var pattern = new NamePattern(text);
    var found = new ArrayList<ParameterSpec>();
    for (var spec : specs) {
      if (pattern.isIn(spec.name())) {
        found.add(spec);
      }
    }
    if (found.isEmpty()) {
      throw nothing(text, pattern, model, specs);
    }
    return found;
  }

  private static AdapterException nothing(
      String text, NamePattern pattern, ModelConfig model, List<ParameterSpec> specs) {
    if (model.embedding().tied()
        && model.names().has(Role.HEAD)
        && pattern.isIn(model.names().name(Role.HEAD, 0, 0, false))) {
      return new AdapterException(
          "'%s' selects the head, which is the embedding of this model: name '%s'"
              .formatted(text, specs.getFirst().module()));
    }
    var known = new LinkedHashSet<String>();
    for (var spec : specs) {
      known.addAll(List.of(spec.name().split("[.\\d]+", -1)));
    }
    String word = longestWord(text);
    var nearest = Spelling.nearest(known, name -> Spelling.edits(word, name));
    return new AdapterException(
        "'%s' matches no parameter of this %s model of %d layers, counted from 0; the nearest are %s, and one is called %s"
            .formatted(
                text,
                model.family(),
                model.layers(),
                String.join(", ", nearest),
                specs.get(specs.size() / 2).name()));
  }

  private static String longestWord(String text) {
    String longest = "";
    for (String word : text.split("[^A-Za-z_]+", -1)) {
      longest = word.length() > longest.length() ? word : longest;
    }
    return longest;
  }
}
