package dev.fader.train;

import dev.fader.grad.SparseNetwork;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Place;
import dev.fader.model.Site;

/// Adds the gradient of a [SparsityLoss] to that of the neurons, in layers without experts.
final class SparsityPenalty implements Intervention {
  private final ModelConfig config;
  private final BatchLoss loss; // which knows what rows count
  private final long neurons; // of a row, in all layers
  private double coefficient;
  private long rows; // of the step

  /// @throws TrainingException if the activation makes no zeros
  SparsityPenalty(ModelConfig config, BatchLoss loss) {
    TrainingException.require(
        SparseNetwork.makesZeros(config.feedForward().activation()),
        "`sparsityLoss` makes zeros of what ReLU leaves small, and the activation of this model is %s: leave it out, or choose `activation` relu, relu2 or drelu",
        config.feedForward().activation().title());
    this.config = config;
    this.loss = loss;
    long layers = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      layers += config.feedForward().experts(layer).isEmpty() ? 1 : 0;
    }
    this.neurons = layers * config.feedForward().width();
  }

  /// Sets the coefficient of the coming step.
  void begin(double ofStep) {
    coefficient = ofStep;
  }

  /// How many rows will be penalized in all batches of the step: the mean is over them.
  void expect(long count) {
    rows = count;
  }

  @Override
  public Variable at(Tape tape, Variable x, Place place) {
    boolean penalized =
        coefficient != 0
            && place.site() == Site.NEURONS
            && config.feedForward().experts(place.layer()).isEmpty();
    return penalized
        ? tape.penalizeMagnitude(
            x, (float) (coefficient / ((double) rows * neurons)), loss.counted())
        : x;
  }
}
