package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.format.FormatException;
import dev.fader.format.StoredTensor;
import dev.fader.format.TensorFile;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.model.adapter.ExpertFactors.Part;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// LoRA of experts in files that peft wrote when each expert was a module of its own, before
/// transformers 5: read as that of the parameters which hold them now.
///
/// @param config of the adapter as peft has it now
/// @param parts names of the tensors that were put together
/// @param composed what they are now, by the names that peft gives it
record SeparateExperts(AdapterConfig config, Set<String> parts, Map<String, Tensor> composed) {
  private static final Pattern FACTOR =
      Pattern.compile(
          Pattern.quote(AdapterBuilder.PREFIX)
              + "(model\\.layers\\.(\\d{1,6})\\.(?:\\w+\\.)?experts\\.(\\d{1,6})"
              + "\\.(w1|w2|w3|gate_proj|up_proj|down_proj))\\.lora_A\\.weight");

  SeparateExperts {
    parts = Set.copyOf(parts);
    composed = Map.copyOf(composed);
  }

  /// What there is of it in a file.
  ///
  /// @param values for what is put together
  /// @throws FormatException if something is missing
  /// @throws AdapterException if it does not fit the model
  static SeparateExperts find(
      AdapterConfig config, BaseModules modules, TensorFile file, TensorArena values)
      throws FormatException {
    var parts = new HashSet<String>();
    var factors = new ExpertFactors(modules.config());
    for (var stored : file.tensors()) {
      var match = FACTOR.matcher(stored.name());
      if (!match.matches()) {
        continue;
      }
      if (!(config.method() instanceof LoraMethod method) || method.variant().decomposed()) {
        throw new AdapterException(
            "'%s' changes a single expert by another method than plain LoRA: merge the adapter with peft"
                .formatted(match.group(1)));
      }
      String module = match.group(1);
      String name = AdapterBuilder.PREFIX + module + "." + LowRankAdapter.UP;
      var up = file.find(name).orElseThrow(() -> wrong(file, name, "is missing"));
      requireNumbers(file, stored);
      requireNumbers(file, up);
      requireRank(file, stored, method.ranks().rank(module));
      parts.add(stored.name());
      parts.add(name);
      factors.put(
          new ExpertFactors.Place(
              module,
              Integer.parseInt(match.group(2)),
              Integer.parseInt(match.group(3)),
              Part.of(match.group(4))),
          new ExpertFactors.Pair(
              StoredNumbers.view(stored, values),
              StoredNumbers.view(up, values),
              method.scale(module)));
    }
    if (factors.isEmpty()) {
      return new SeparateExperts(config, Set.of(), Map.of());
    }
    var method = factors.method((LoraMethod) config.method());
    var targets = others(config.targets(), modules, file);
    var now = new AdapterConfig(method, targets, config.learnedWhole(), config.origin());
    return new SeparateExperts(now, parts, new LinkedHashMap<>(factors.tensors(values)));
  }

  private static FormatException wrong(TensorFile file, String tensor, String problem) {
    return new FormatException(file.path(), "tensor " + FormatException.quoted(tensor), problem);
  }

  private static void requireNumbers(TensorFile file, StoredTensor stored) throws FormatException {
    if (!stored.type().isFloatingPoint() || !stored.type().isReadable()) {
      throw wrong(
          file,
          stored.name(),
          "is stored as %s, and must be floating-point".formatted(stored.type()));
    }
  }

  private static void requireRank(TensorFile file, StoredTensor stored, int rank)
      throws FormatException {
    if (stored.shape().rank() != 2 || stored.shape().dimension(0) != rank) {
      throw wrong(
          file,
          stored.name(),
          "has shape %s, and the configuration asks for a rank of %d"
              .formatted(stored.shape(), rank));
    }
  }

  /// The targets that are no experts. The router was a linear layer, too, and all of those may have
  /// been asked for.
  private static Targets others(Targets targets, BaseModules modules, TensorFile file) {
    var others = modules.all().stream().filter(module -> module.kind() != Kind.EXPERTS).toList();
    var names =
        switch (targets.modules()) {
          case ModuleSelection.Names(var given) ->
              given.stream().filter(name -> others.stream().anyMatch(named(name))).toList();
          case ModuleSelection.AllLinear() ->
              named(others, module -> module.kind() == Kind.PROJECTION || isRouter(module, file));
          default -> named(others, BaseModules.wanted(targets.modules(), List.of()));
        };
    return new Targets(
        new ModuleSelection.Names(names),
        targets.excluded(),
        targets.modules() instanceof ModuleSelection.Expression ? List.of() : targets.layers(),
        targets.layersPatterns());
  }

  private static Predicate<BaseModule> named(String name) {
    return BaseModules.wanted(new ModuleSelection.Names(List.of(name)), List.of());
  }

  private static List<String> named(List<BaseModule> modules, Predicate<BaseModule> wanted) {
    return modules.stream().filter(wanted).map(BaseModule::name).toList();
  }

  private static boolean isRouter(BaseModule module, TensorFile file) {
    String key = AdapterBuilder.PREFIX + module.name() + "." + LowRankAdapter.DOWN;
    return module.kind() == Kind.ROUTER && file.find(key).isPresent();
  }
}
