package dev.fader.model.adapter;

import dev.fader.format.GgufFile;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What an adapter's files say of it, without its model.
///
/// @param method as peft calls it, with what belongs to it: `LORA, rsLoRA`
/// @param baseModel name or path of the model that it says it changes
/// @param ranks of its factors, ascending; none for methods without
/// @param strength what the factors' product is multiplied with: `alpha 32`, `scale 20`; empty if
///   there is nothing
/// @param targets how many modules of each name it changes: `q_proj`
/// @param whole names of what it replaces
/// @param parameters all its numbers, without random matrices that were not learned
/// @param bytes of its numbers in the file
/// @param onlyPeft why it cannot become a GGUF adapter, and what to do; empty if it can
public record AdapterSummary(
    String method,
    Optional<String> baseModel,
    SortedSet<Integer> ranks,
    Optional<String> strength,
    SequencedMap<String, Integer> targets,
    SortedSet<String> whole,
    long parameters,
    long bytes,
    Optional<String> onlyPeft) {
  /// What stands behind the name of a module in the names of its tensors.
  private static final Pattern TENSOR =
      Pattern.compile(
          "(.+?)((?:\\.base_layer)*\\.(?:lora_[A-Za-z_]+|ia3_l|vera_lambda_[bd]|hada_w\\w+|lokr_w\\w+"
              + "|oft_[Rs]|ln_tuning_layers|beft_bias|token_adapter|m)(?:\\..+)?)");

  private static final String MERGE = ": merge it into the model";
  private static final String BESIDE = ": use it beside the model";

  private static final Pattern RANKED = Pattern.compile(".*lora_(embedding_)?[Aa](\\.weight)?");

  public AdapterSummary {
    ranks = Collections.unmodifiableSortedSet(new TreeSet<>(ranks));
    targets = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(targets));
    whole = Collections.unmodifiableSortedSet(new TreeSet<>(whole));
  }

  /// Reads the configuration and the names and shapes of tensors.
  ///
  /// @throws dev.fader.format.FormatException if a file is broken
  public static AdapterSummary of(StoredAdapter adapter) throws IOException {
    return switch (adapter.format()) {
      case PEFT -> peft(adapter);
      case MLX -> mlx(adapter);
      case GGUF -> gguf(adapter);
    };
  }

  /// Counts tensors.
  private static final class Counts {
    private final TreeMap<String, TreeSet<String>> modules = new TreeMap<>();
    private final TreeSet<Integer> ranks = new TreeSet<>();
    private final TreeSet<String> whole = new TreeSet<>();
    private long parameters;
    private long bytes;

    /// @param rankAt the dimension of A that is the rank
    void add(String name, Shape shape, long size, int rankAt) {
      bytes += size;
      if (name.matches(".*vera_[AB]")) {
        return;
      }
      parameters += shape.elements();
      var match = TENSOR.matcher(name);
      if (match.matches()) {
        var module = match.group(1);
        var end = module.endsWith(".weight") ? module.substring(0, module.length() - 7) : module;
        modules
            .computeIfAbsent(end.substring(end.lastIndexOf('.') + 1), _ -> new TreeSet<>())
            .add(module);
      } else {
        whole.add(name.replaceFirst("^base_model\\.model\\.", ""));
      }
      if (RANKED.matcher(name).matches() && shape.rank() == 2) {
        ranks.add((int) Math.min(Integer.MAX_VALUE, shape.dimension(rankAt)));
      }
    }

    SequencedMap<String, Integer> targets() {
      var targets = new LinkedHashMap<String, Integer>();
      modules.forEach((name, all) -> targets.put(name, all.size()));
      return targets;
    }
  }

  private static Counts counts(Iterable<StoredTensor> tensors, int rankAt) {
    var counts = new Counts();
    for (var stored : tensors) {
      counts.add(stored.name(), stored.shape(), stored.data().byteSize(), rankAt);
    }
    return counts;
  }

  private static AdapterSummary peft(StoredAdapter adapter) throws IOException {
    var config = AdapterDirectory.readConfig(adapter.path());
    try (var file = TensorFile.open(adapter.path().resolve(AdapterDirectory.WEIGHTS))) {
      var counts = counts(file.tensors(), 0);
      if (config.method() instanceof LoraMethod lora && !lora.parameters().isEmpty()) {
        counts.ranks.clear(); // those of all experts stand one below the other
        counts.ranks.add(lora.ranks().rank());
        counts.ranks.addAll(lora.ranks().rankOf().values());
      }
      return new AdapterSummary(
          method(config.method()),
          config.origin().baseModel(),
          counts.ranks,
          alpha(config.method()).map(alpha -> "alpha " + plain(alpha)),
          counts.targets(),
          counts.whole,
          counts.parameters,
          counts.bytes,
          GgufAdapter.obstacle(config)
              .or(() -> counts.whole.isEmpty() ? Optional.empty() : Optional.of("whole parameters"))
              .map(why -> why + (GgufAdapter.merges(config) ? MERGE : BESIDE)));
    }
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }

  private static String method(AdapterMethod method) {
    if (!(method instanceof LoraMethod lora)) {
      return method.type();
    }
    return method.type()
        + (lora.variant().rootOfRank() ? ", rsLoRA" : "")
        + (lora.variant().decomposed() ? ", DoRA" : "")
        + (lora.variant().bias() ? ", bias" : "")
        + (lora.invocation().isEmpty() ? "" : ", aLoRA");
  }

  private static Optional<Double> alpha(AdapterMethod method) {
    return method instanceof LoraMethod lora ? Optional.of(lora.ranks().alpha()) : Optional.empty();
  }

  private static AdapterSummary mlx(StoredAdapter adapter) throws IOException {
    var config = MlxConfig.read(adapter.path().resolve(AdapterDirectory.CONFIG));
    try (var file = TensorFile.open(adapter.path().resolve(MlxAdapter.WEIGHTS))) {
      var counts = counts(file.tensors(), 1);
      String method = config.decomposed() ? "LORA, DoRA" : "LORA";
      Optional<String> obstacle = Optional.of("DoRA").filter(_ -> config.decomposed());
      return new AdapterSummary(
          config.whole() ? "weights of the model" : method,
          config.model(),
          counts.ranks,
          config.whole() ? Optional.empty() : Optional.of("scale " + plain(config.scale())),
          counts.targets(),
          counts.whole,
          counts.parameters,
          counts.bytes,
          (config.whole() ? Optional.of("weights of the model") : obstacle)
              .map(why -> why + MERGE));
    }
  }

  private static AdapterSummary gguf(StoredAdapter adapter) throws IOException {
    try (var file = GgufFile.open(adapter.path())) {
      var counts = new Counts();
      for (var stored : file.tensors()) {
        boolean embedding = stored.name().startsWith("token_embd");
        counts.add(stored.name(), stored.shape(), stored.data().byteSize(), embedding ? 1 : 0);
      }
      return new AdapterSummary(
          "LORA",
          file.metadata().text("general.base_model.0.name"),
          counts.ranks,
          Optional.of("alpha " + plain(file.metadata().number(GgufAdapter.ALPHA).orElse(0))),
          counts.targets(),
          counts.whole,
          counts.parameters,
          counts.bytes,
          Optional.empty());
    }
  }

  /// The formats that it can be converted to.
  public List<String> formats() {
    return onlyPeft.isEmpty() ? List.of("peft", "gguf") : List.of("peft");
  }
}
