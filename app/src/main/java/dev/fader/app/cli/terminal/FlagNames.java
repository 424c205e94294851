package dev.fader.app.cli.terminal;

import dev.fader.train.recipe.Hyperparameter;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The flags of what the library calls by the names of its fields: `width` is `--dim`. In messages
/// of the library the name of a field stands in backticks.
public final class FlagNames {
  /// Flags that are spelled otherwise than their fields.
  private static final Map<String, String> OTHER_NAMES =
      Map.ofEntries(
          Map.entry("output", "out"),
          Map.entry("width", "dim"),
          Map.entry("embeddingWidth", "embedding-dim"),
          Map.entry("architecture", "arch"),
          Map.entry("initialModel", "init"),
          Map.entry("vocabulary", "vocab"),
          Map.entry("keyValueHeads", "kv-heads"),
          Map.entry("validationData", "val-data"),
          Map.entry("feedForward", "ffn"),
          Map.entry("sharedLayers", "share-layers"),
          Map.entry("expertsPerToken", "experts-per-token"),
          Map.entry("sharedExperts", "shared-experts"),
          Map.entry("expertFeedForward", "expert-ffn"),
          Map.entry("denseLayers", "dense-layers"),
          Map.entry("balanceSpeed", "balance-speed"),
          Map.entry("balanceLoss", "balance-loss"),
          Map.entry("routerLoss", "router-z-loss"),
          Map.entry("sparsityLoss", "sparsity-loss"),
          Map.entry("learningRate", "lr"),
          Map.entry("minimumLearningRate", "min-lr"),
          Map.entry("epsilon", "eps"),
          Map.entry("weightDecay", "weight-decay"),
          Map.entry("draftTokens", "draft-tokens"),
          Map.entry("running", "parallel"),
          Map.entry("waiting", "queue"),
          Map.entry("pause", "inter-token-latency"),
          Map.entry("most", "models-max"),
          Map.entry("evalBatches", "eval-batches"),
          Map.entry("decayAll", "decay-all"),
          Map.entry("leastWords", "min-words"),
          Map.entry("mostRepetition", "max-repetition"));

  private static final Set<String> FIELDS =
      Stream.of(
              Arrays.stream(Hyperparameter.values()).map(Hyperparameter::field),
              OTHER_NAMES.keySet().stream(),
              Stream.of(
                  "resume",
                  "overwrite",
                  "preset",
                  "tokenizer",
                  "glob",
                  "sparse",
                  "router",
                  "activation",
                  "balance",
                  "recompute",
                  "precision",
                  "sizes",
                  "seeds",
                  "similar",
                  "languages",
                  "rank",
                  "targets",
                  "host",
                  "port",
                  "grace",
                  "idle"))
          .flatMap(names -> names)
          .collect(Collectors.toUnmodifiableSet());

  private static final Pattern QUOTED = Pattern.compile("`([a-zA-Z0-9]+)`");

  private FlagNames() {}

  /// The flag of a field, without dashes.
  public static String of(String field) {
    return OTHER_NAMES.getOrDefault(field, field);
  }

  /// A message of the library with flags in place of fields.
  public static String in(String message) {
    return QUOTED
        .matcher(message)
        .replaceAll(
            match -> FIELDS.contains(match.group(1)) ? "--" + of(match.group(1)) : match.group());
  }
}
