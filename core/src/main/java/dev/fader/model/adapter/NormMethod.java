package dev.fader.model.adapter;

/// Layer-norm tuning: norms are learned and nothing else (Zhao et al. 2023, arXiv:2312.11420).
public record NormMethod() implements AdapterMethod {
  void build(AdapterBuilder builder) {
    for (var module : builder.targets()) {
      String name = module.name() + ".ln_tuning_layers";
      builder.replace(name + ".weight", module.weight());
      module.bias().ifPresent(bias -> builder.replace(name + ".bias", bias));
    }
  }
}
