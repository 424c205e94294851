package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.kernel.factor.SingularValues;
import dev.fader.model.ModelConfig;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A LoRA of factors that were computed, with a scale of 1.
final class LoraAssembly {
  private final BaseModules modules;
  private final TensorArena values;
  private final SequencedMap<String, Integer> ranks = new LinkedHashMap<>(); // by module
  private final Map<String, Tensor> tensors = new HashMap<>(); // as peft has them
  private final ExpertFactors experts;

  /// @param values for the numbers
  LoraAssembly(ModelConfig model, TensorArena values) {
    this.modules = new BaseModules(model);
    this.values = values;
    this.experts = new ExpertFactors(model);
  }

  BaseModules modules() {
    return modules;
  }

  ExpertFactors experts() {
    return experts;
  }

  boolean isEmpty() {
    return ranks.isEmpty() && experts.isEmpty() && tensors.isEmpty();
  }

  /// Adds a module by its factors, of which B has the order of rows in memory.
  ///
  /// @param down A (rank, in), or (rank, vocabulary) of the embedding
  /// @param up B (out, rank), or (width, rank) of the embedding
  void put(BaseModule module, Tensor down, Tensor up) {
    boolean embedding = module.kind() == Kind.EMBEDDING;
    String key = AdapterBuilder.PREFIX + module.name() + ".";
    ranks.put(module.name(), down.shape().size(0));
    tensors.put(key + (embedding ? LowRank.DOWN : LowRankAdapter.DOWN), down);
    tensors.put(key + (embedding ? LowRank.UP : LowRankAdapter.UP), inFile(module, up));
  }

  private Tensor inFile(BaseModule module, Tensor up) {
    var order =
        module.kind() == Kind.EMBEDDING ? Optional.<RowOrder>empty() : modules.order(module);
    if (order.isEmpty()) {
      return up;
    }
    var ordered = values.allocate(DType.FLOAT32, up.shape());
    order.get().toFile(up, ordered);
    return ordered;
  }

  /// Adds a module by the singular values of its change: `A = right'`, `B = left diag(values)`, as
  /// peft has it.
  void put(BaseModule module, SingularValues change) {
    put(module, down(change, values), up(change, values));
  }

  static Tensor down(SingularValues change, TensorArena values) {
    var right = change.right().transposed();
    var down = values.floats(right.rows(), right.columns());
    right.writeTo(down);
    return down;
  }

  static Tensor up(SingularValues change, TensorArena values) {
    var left = change.weighedLeft(1);
    var up = values.floats(left.rows(), left.columns());
    left.writeTo(up);
    return up;
  }

  /// Adds an entry of the parameter table as it is in the file of an adapter.
  ///
  /// @param key without the prefix
  void keep(String key, Tensor numbers) {
    tensors.put(AdapterBuilder.PREFIX + key, numbers);
  }

  /// @param whole what was added by [#keep]
  LoadedAdapter build(Origin origin, LearnedWhole whole) {
    if (isEmpty()) {
      throw new AdapterException("there is nothing in the adapter: no module changes");
    }
    tensors.putAll(experts.tensors(values));
    int usual = ranks.values().stream().mapToInt(Integer::intValue).max().orElse(1);
    var others = new LinkedHashMap<String, Integer>();
    var alphas = new LinkedHashMap<String, Double>();
    ranks.forEach((module, rank) -> {
      if (rank != usual) {
        String pattern = module.replace(".", "\\.");
        others.put(pattern, rank);
        alphas.put(pattern, (double) rank);
      }
    });
    var plain =
        new LoraMethod(
            new Ranks(usual, usual, others, alphas),
            LoraMethod.Variant.PLAIN,
            LoraInit.USUAL,
            List.of());
    var config =
        new AdapterConfig(
            experts.isEmpty() ? plain : experts.method(plain),
            Targets.of(new ModuleSelection.Names(names())),
            whole,
            origin);
    var numbers = new RecordedNumbers(new GivenNumbers(tensors, values, Optional.empty()));
    var built = new AdapterBuilder(config, modules, numbers, false).build();
    return new LoadedAdapter(config, built, numbers.given(), numbers.orders());
  }

  /// The ends of names that select just these modules where there are such, else their names.
  private List<String> names() {
    var names = new LinkedHashSet<String>();
    for (String module : ranks.keySet()) {
      String end = module.substring(module.lastIndexOf('.') + 1);
      boolean all =
          modules.all().stream()
              .filter(other -> other.kind() != Kind.EXPERTS)
              .map(BaseModule::name)
              .filter(other -> other.equals(end) || other.endsWith("." + end))
              .allMatch(ranks::containsKey);
      names.add(all ? end : module);
    }
    return new ArrayList<>(names);
  }
}
