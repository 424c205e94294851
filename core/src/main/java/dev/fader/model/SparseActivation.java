package dev.fader.model;

import dev.fader.grad.Projection;
import dev.fader.grad.SparseNetwork;
import dev.fader.grad.Variable;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.product.NeuronMajor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The feed-forward networks of a model whose activation makes exact zeros, with what they need to
/// skip them when few rows are computed: `down` once more, neuron by neuron.
///
/// The copies take a third of the memory of gated networks, half of that of others, and sums run in
/// another order than without: other last bits, but the same whether zeros are skipped or not.
final class SparseActivation {
  private final List<Optional<SparseNetwork>> networks; // per layer
  private final SparseNetwork.Usage usage;

  private SparseActivation(List<Optional<SparseNetwork>> networks, SparseNetwork.Usage usage) {
    this.networks = networks;
    this.usage = usage;
  }

  /// The networks of `parameters`; the copies are made in `arena`.
  ///
  /// @param skip whether zeros are skipped
  /// @throws ModelConfigException if there is nothing to skip, or a type of matrix has no copy
  static SparseActivation of(Parameters parameters, TensorArena arena, boolean skip) {
    var config = parameters.config();
    var activation = config.feedForward().activation();
    if (!SparseNetwork.makesZeros(activation)) {
      throw new ModelConfigException(
          "`sparse`: the activation %s of this model makes no zeros to skip, which ReLU, its square"
                  .formatted(activation)
              + " and dReLU do: leave it out");
    }
    var usage = new SparseNetwork.Usage(skip);
    var networks = new ArrayList<Optional<SparseNetwork>>();
    for (int layer = 0; layer < config.layers(); layer++) {
      networks.add(
          config.feedForward().experts(layer).isPresent()
              ? Optional.empty()
              : Optional.of(network(parameters, layer, arena, usage)));
    }
    if (networks.stream().allMatch(Optional::isEmpty)) {
      throw new ModelConfigException(
          "`sparse`: all layers of this model have experts, which are not skipped neuron by neuron:"
              + " leave it out");
    }
    return new SparseActivation(List.copyOf(networks), usage);
  }

  private static SparseNetwork network(
      Parameters parameters, int layer, TensorArena arena, SparseNetwork.Usage usage) {
    var feedForward = parameters.config().feedForward();
    Projection first;
    Optional<Variable> up = Optional.empty();
    if (!feedForward.gated()) {
      first = projection(parameters, Role.UP, layer);
    } else if (parameters.has(Role.GATE_UP, layer)) {
      var both = projection(parameters, Role.GATE_UP, layer);
      requireGate(both, layer);
      first = new Projection(half(both.weight(), 0), Optional.empty(), false);
      up = Optional.of(half(both.weight(), 1));
    } else {
      first = projection(parameters, Role.GATE, layer);
      var other = projection(parameters, Role.UP, layer);
      requireGate(other, layer);
      up = Optional.of(other.weight());
    }
    var down = projection(parameters, Role.DOWN, layer);
    return new SparseNetwork(
        first, up, down, copy(down, layer, arena), feedForward.activation(), usage);
  }

  private static Projection projection(Parameters parameters, Role role, int layer) {
    return new Projection(
        parameters.weight(role, layer), parameters.bias(role, layer), parameters.inputMajor());
  }

  private static void requireGate(Projection up, int layer) {
    if (up.bias().isPresent() || up.inputMajor()) {
      throw new ModelConfigException(
          "`sparse`: up of layer %d has a bias or lies input by input, which is not read sparsely:"
                  .formatted(layer)
              + " leave it out");
    }
  }

  private static Variable half(Variable both, int which) {
    int neurons = both.value().shape().size(0) / 2;
    return Variable.fixed(both.value().slice((long) which * neurons, neurons));
  }

  private static NeuronMajor copy(Projection down, int layer, TensorArena arena) {
    var stored = Matrix.of(down.weight().value());
    try {
      return NeuronMajor.of(down.inputMajor() ? stored.transposed() : stored, arena);
    } catch (IllegalArgumentException wrong) {
      throw new ModelConfigException(
          "`sparse`: down of layer %d: %s".formatted(layer, wrong.getMessage()));
    }
  }

  /// The network of a layer, unless it has experts.
  Optional<SparseNetwork> network(int layer) {
    return networks.get(layer);
  }

  SparseNetwork.Usage usage() {
    return usage;
  }
}
