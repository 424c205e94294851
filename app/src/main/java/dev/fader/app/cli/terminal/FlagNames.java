package dev.fader.app.cli.terminal;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// The flags of what the library calls by the names of its fields: `width` is `--dim`. In messages
/// of the library the name of a field stands in backticks.
public final class FlagNames {
  private static final Map<String, String> OTHERWISE_CALLED =
      Map.ofEntries(
          Map.entry("output", "out"),
          Map.entry("width", "dim"),
          Map.entry("architecture", "arch"),
          Map.entry("initialModel", "init"),
          Map.entry("vocabulary", "vocab"),
          Map.entry("keyValueHeads", "kv-heads"),
          Map.entry("validationData", "val-data"),
          Map.entry("feedForward", "ffn"),
          Map.entry("sharedLayers", "share-layers"),
          Map.entry("learningRate", "lr"),
          Map.entry("minimumLearningRate", "min-lr"),
          Map.entry("epsilon", "eps"),
          Map.entry("weightDecay", "weight-decay"));

  private static final Set<String> ALIKE =
      Set.of(
          "resume",
          "overwrite",
          "heads",
          "preset",
          "context",
          "depth",
          "window",
          "tokenizer",
          "glob",
          "batch",
          "accumulate",
          "layers",
          "steps",
          "minutes",
          "tokens",
          "epochs",
          "warmup",
          "beta1",
          "beta2",
          "momentum",
          "clip",
          "dropout",
          "seed");

  private static final Pattern FIELD = Pattern.compile("`([a-zA-Z0-9]+)`");

  private FlagNames() {}

  /// The flag of a field, without dashes.
  public static String of(String field) {
    return OTHERWISE_CALLED.getOrDefault(field, field);
  }

  /// A message of the library with flags in place of fields.
  public static String in(String message) {
    return FIELD
        .matcher(message)
        .replaceAll(match -> {
          var field = match.group(1);
          boolean isFlag = OTHERWISE_CALLED.containsKey(field) || ALIKE.contains(field);
          return isFlag ? "--" + of(field) : match.group();
        });
  }
}
