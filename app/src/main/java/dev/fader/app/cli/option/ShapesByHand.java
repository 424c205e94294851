package dev.fader.app.cli.option;

import dev.fader.format.FormatException;
import dev.fader.format.Spelling;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.HuggingFaceConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A model from `name=value,...`: short names for the usual sizes, and any field of a `config.json`
/// under its own.
///
/// What is left out is as in the family's first model: heads of 64, a feed-forward network four
/// times as wide, or 8/3 in whole 256s where it is gated. Without a family it is GPT-2 where the
/// vocabulary has its size and nothing else is asked for that it lacks, Mixtral with experts, else
/// Llama.
final class ShapesByHand {
  private static final Map<String, String> LLAMA =
      Map.ofEntries(
          Map.entry("family", "model_type"),
          Map.entry("vocab", "vocab_size"),
          Map.entry("dim", "hidden_size"),
          Map.entry("layers", "num_hidden_layers"),
          Map.entry("heads", "num_attention_heads"),
          Map.entry("kv-heads", "num_key_value_heads"),
          Map.entry("head-size", "head_dim"),
          Map.entry("ffn", "intermediate_size"),
          Map.entry("context", "max_position_embeddings"),
          Map.entry("window", "sliding_window"),
          Map.entry("experts", "num_local_experts"),
          Map.entry("experts-used", "num_experts_per_tok"),
          Map.entry("tied", "tie_word_embeddings"));

  private static final Map<String, String> GPT2 =
      Map.of(
          "family", "model_type",
          "vocab", "vocab_size",
          "dim", "n_embd",
          "layers", "n_layer",
          "heads", "n_head",
          "ffn", "n_inner",
          "context", "n_positions",
          "tied", "tie_word_embeddings");

  private static final Map<String, String> OPT =
      Map.of(
          "family", "model_type",
          "vocab", "vocab_size",
          "dim", "hidden_size",
          "layers", "num_hidden_layers",
          "heads", "num_attention_heads",
          "ffn", "ffn_dim",
          "context", "max_position_embeddings",
          "embedding-dim", "word_embed_proj_dim",
          "tied", "tie_word_embeddings");

  private static final String OPT_FAMILY = "opt";
  private static final int OPT_VOCABULARY = 50_272;

  private static final String GPT2_VOCABULARY = "50257";
  private static final int HEAD_SIZE = 64;
  private static final int FEED_FORWARD_STEP = 256;

  private final String text;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> assumed = new ArrayList<>();

  /// @throws IllegalArgumentException if it is no list of names and values
  ShapesByHand(String text) {
    this.text = text;
    for (var part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1 || equals == part.length() - 1) {
        throw wrong("'%s' is not NAME=VALUE".formatted(part));
      }
      if (values.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip())
          != null) {
        throw wrong("'%s' is given twice".formatted(part.substring(0, equals)));
      }
    }
  }

  /// The model.
  ///
  /// @throws IllegalArgumentException if a size is missing or no number
  /// @throws FormatException if they contradict each other
  ModelConfig config() throws FormatException {
    var family = values.getOrDefault("family", values.getOrDefault("model_type", ""));
    if (family.isEmpty()) {
      family = usualFamily();
      assumed.add("family=" + family);
    }
    boolean learned = family.equals("gpt2") || family.equals("openai-gpt");
    var config = JsonNodeFactory.instance.objectNode();
    config.put("model_type", family);
    var names = names(family, learned);
    values.forEach((name, value) -> put(config, names.getOrDefault(name, name), value));
    complete(config, learned);
    var read = new TreeSet<String>();
    var model = HuggingFaceConfig.read(Path.of(text), config, read);
    requireRead(names, read, model.family());
    return model;
  }

  private String usualFamily() {
    if (GPT2_VOCABULARY.equals(values.get("vocab")) && GPT2.keySet().containsAll(values.keySet())) {
      return "gpt2";
    }
    return values.containsKey("experts") ? "mixtral" : "llama";
  }

  /// What was left out and taken as usual, as it would be written: `vocab=32000`.
  List<String> assumed() {
    return List.copyOf(assumed);
  }

  /// A name that is not read would change nothing, and nobody would notice.
  private void requireRead(Map<String, String> names, Set<String> read, String family) {
    for (var name : values.keySet()) {
      if (!read.contains(names.getOrDefault(name, name))) {
        var known = new TreeSet<>(read);
        names.entrySet().stream()
            .filter(entry -> read.contains(entry.getValue()))
            .forEach(entry -> known.add(entry.getKey()));
        var nearest = Spelling.nearest(known, other -> Spelling.edits(name, other));
        throw wrong(
            "a %s model has no '%s', did you mean %s?"
                .formatted(family, name, String.join(", ", nearest)));
      }
    }
  }

  private static Map<String, String> names(String family, boolean learned) {
    return family.equals(OPT_FAMILY) ? OPT : learned ? GPT2 : LLAMA;
  }

  private void complete(ObjectNode config, boolean learned) {
    boolean opt = config.path("model_type").asString("").equals(OPT_FAMILY);
    long width = size(config, learned ? "n_embd" : "hidden_size", "dim");
    size(config, learned ? "n_layer" : "num_hidden_layers", "layers");
    var names = names(config.path("model_type").asString(""), learned);
    assume(config, names, "heads", Math.max(1, width / HEAD_SIZE));
    assume(
        config,
        names,
        "vocab",
        learned ? Long.parseLong(GPT2_VOCABULARY) : opt ? OPT_VOCABULARY : 32_000);
    assume(config, names, "context", learned ? 1024 : 2048);
    if (opt) {
      assume(config, names, "ffn", Math.multiplyExact(4L, width));
    } else if (!learned) {
      long steps = (8 * width / 3 + FEED_FORWARD_STEP - 1) / FEED_FORWARD_STEP;
      assume(config, names, "ffn", steps * FEED_FORWARD_STEP);
    }
  }

  private long size(ObjectNode config, String field, String name) {
    var value = config.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw wrong("it needs %s=N, a whole number of at least 1".formatted(name));
    }
    return value.longValue();
  }

  private void assume(ObjectNode config, Map<String, String> names, String name, long value) {
    String field = names.getOrDefault(name, name);
    if (!config.has(field)) {
      config.put(field, value);
      assumed.add(name + "=" + value);
    }
  }

  private static void put(ObjectNode config, String field, String value) {
    if (value.matches("-?\\d{1,18}")) {
      config.put(field, Long.parseLong(value));
    } else if (value.matches("-?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d{1,3})?")) {
      config.put(field, Double.parseDouble(value));
    } else if (value.equals("true") || value.equals("false")) {
      config.put(field, value.equals("true"));
    } else {
      config.put(field, value);
    }
  }

  private IllegalArgumentException wrong(String problem) {
    return new IllegalArgumentException(
        "'%s': %s; write it like layers=12,dim=768,heads=12,vocab=50257".formatted(text, problem));
  }
}
