package dev.fader.train;

import dev.fader.grad.ExpertBalance;
import dev.fader.grad.Tape;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Counts what the experts of a model do in a step, and balances them.
final class ExpertWatch {
  private final Parameters parameters;
  private final Balancing balancing;
  private final List<Integer> layers = new ArrayList<>(); // that have a router
  private final ExpertBalance balance;

  private ExpertWatch(Parameters parameters, Balancing balancing, int experts) {
    this.parameters = parameters;
    this.balancing = balancing;
    var config = parameters.config();
    for (int layer = 0; layer < config.layers(); layer += config.sharedLayers()) {
      if (config.feedForward().experts(layer).isPresent()) {
        layers.add(layer);
      }
    }
    boolean byLoss = balancing.method() == Balancing.Method.LOSS;
    var losses = new ExpertBalance.Losses(byLoss ? balancing.load() : 0, balancing.z());
    this.balance = new ExpertBalance(config.layers(), config.sharedLayers(), experts, losses);
  }

  /// Of a model that has experts.
  ///
  /// @throws TrainingException if they are to be balanced by a bias that they do not have
  static Optional<ExpertWatch> of(Parameters parameters, Balancing balancing) {
    var experts = parameters.config().feedForward().experts();
    TrainingException.require(
        balancing.method() != Balancing.Method.BIAS
            || experts.map(some -> some.corrected()).orElse(false),
        "the routers of the family '%s' have no bias to balance with",
        parameters.config().family());
    return experts.map(some -> new ExpertWatch(parameters, balancing, some.count()));
  }

  /// Counts anew, on `tape`.
  void begin(Tape tape) {
    balance.begin();
    tape.balance(Optional.of(balance));
  }

  /// How many numbers are counted in a microbatch.
  static int numbers(ModelConfig model) {
    return model
        .feedForward()
        .experts()
        .map(some ->
            new ExpertBalance(
                    model.layers(), model.sharedLayers(), some.count(), ExpertBalance.Losses.NONE)
                .numbers())
        .orElse(0);
  }

  /// Whether the gradient of a microbatch depends on what is counted in all of a step.
  static boolean needsAllBatches(ModelConfig model, TrainingConfig config) {
    var balancing = config.balancing();
    return model.feedForward().experts().isPresent()
        && balancing.method() == Balancing.Method.LOSS
        && balancing.load() != 0;
  }

  ExpertBalance balance() {
    return balance;
  }

  /// What was counted, by layer.
  List<ExpertLoad> loads() {
    var loads = new ArrayList<ExpertLoad>();
    for (int layer : layers) {
      var choices = new ArrayList<Long>();
      for (long count : balance.choices(layer)) {
        choices.add(count);
      }
      loads.add(new ExpertLoad(layer, choices, balance.entropy(layer)));
    }
    return loads;
  }

  /// After an update: moves the biases against what was counted.
  ///
  /// @param share of the highest learning rate that the update had
  void moveBiases(double share) {
    if (balancing.method() != Balancing.Method.BIAS) {
      return;
    }
    for (int layer : layers) {
      var bias = parameters.weight(Role.ROUTER_CORRECTION, layer).value();
      ExpertBias.move(bias, balance.choices(layer), share * balancing.speed());
    }
  }
}
