package dev.fader.train;

import dev.fader.tensor.Tensor;
import java.util.SequencedMap;

/// How one entry of the parameter table is updated from its gradient, and what is remembered of the
/// gradients before.
sealed interface UpdateRule permits AdamWRule, MomentumRule, MuonRule {
  /// What all entries of one update share.
  ///
  /// @param number of the update, from 1
  /// @param learningRate of this update
  /// @param gradientFactor what gradients are multiplied with first, for clipping
  record Update(long number, float learningRate, float gradientFactor) {}

  /// Changes `weight` by one step against `gradient`, whose contents may be used up.
  void update(Update update, Tensor weight, Tensor gradient);

  /// What a run must remember to go on as if it had not stopped, by the name it has in a
  /// checkpoint.
  SequencedMap<String, Tensor> state();
}
