package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.node.ObjectNode;

/// The rank and the strength of low-rank methods, which some modules may have otherwise.
///
/// @param rank of the factors
/// @param alpha what is added is multiplied with `alpha / rank`
/// @param rankOf ranks by a regular expression for the end of a module's name; the first counts
/// @param alphaOf alphas likewise
public record Ranks(
    int rank,
    double alpha,
    SequencedMap<String, Integer> rankOf,
    SequencedMap<String, Double> alphaOf) {
  /// More than any matrix has.
  static final int MOST = 1 << 20;

  private static final String RANK_PATTERN = "rank_pattern";
  private static final String ALPHA_PATTERN = "alpha_pattern";

  public Ranks {
    rankOf = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(rankOf));
    alphaOf = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(alphaOf));
  }

  /// The same for all modules.
  public static Ranks of(int rank, double alpha) {
    return new Ranks(rank, alpha, new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  static Ranks read(AdapterFields fields, String alpha) throws FormatException {
    var ranks = new LinkedHashMap<String, Integer>();
    for (var entry : fields.numbers(RANK_PATTERN).entrySet()) {
      ranks.put(entry.getKey(), rank(fields, RANK_PATTERN, entry.getValue()));
    }
    int rank = rank(fields, "r", fields.integer("r", 1));
    return new Ranks(rank, fields.number(alpha), ranks, fields.numbers(ALPHA_PATTERN));
  }

  /// @throws FormatException if it cannot be a rank
  static int rank(AdapterFields fields, String field, double value) throws FormatException {
    if (value < 1 || value > MOST || value != Math.rint(value)) {
      throw fields.wrong(
          field,
          "has a rank of %s, and ranks are whole numbers from 1 to %d"
              .formatted(BigDecimal.valueOf(value).toPlainString(), MOST));
    }
    return (int) value;
  }

  void write(ObjectNode json, String alphaField) {
    json.put("r", rank);
    put(json, alphaField, alpha);
    var ranks = json.putObject(RANK_PATTERN);
    rankOf.forEach(ranks::put);
    var alphas = json.putObject(ALPHA_PATTERN);
    alphaOf.forEach((name, value) -> put(alphas, name, value));
  }

  /// Whole numbers are written as such.
  static void put(ObjectNode json, String field, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      json.put(field, (int) value);
    } else {
      json.put(field, value);
    }
  }

  /// Those of a method; empty if it has none that differ by module.
  static Optional<Ranks> of(AdapterMethod method) {
    return switch (method) {
      case LoraMethod lora when lora.parameters().isEmpty() -> Optional.of(lora.ranks());
      case LohaMethod loha -> Optional.of(loha.ranks());
      case LokrMethod lokr -> Optional.of(lokr.ranks());
      default -> Optional.empty();
    };
  }

  /// All regular expressions.
  List<String> patterns() {
    var patterns = new ArrayList<>(rankOf.keySet());
    patterns.addAll(alphaOf.keySet());
    return patterns;
  }

  /// Whether a pattern stands for a module, as peft has it: for the end of its name.
  static boolean matches(String pattern, String module) {
    return new NamePattern("(.*\\.)?(" + pattern + ")").matches(module);
  }

  int rank(String module) {
    return of(module, rankOf, rank);
  }

  double alpha(String module) {
    return of(module, alphaOf, alpha);
  }

  private static <T> T of(String module, Map<String, T> patterns, T otherwise) {
    for (var entry : patterns.entrySet()) {
      if (matches(entry.getKey(), module)) {
        return entry.getValue();
      }
    }
    return otherwise;
  }

  /// `alpha / rank`
  float scale(String module) {
    return (float) (alpha(module) / rank(module));
  }
}
