package dev.fader.app.cli.report;

import dev.fader.app.cli.option.PlanOptions;
import dev.fader.inspect.machine.Device;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.RunningCount;
import dev.fader.inspect.plan.ScalingLaw;
import dev.fader.inspect.plan.TrainingCost;
import dev.fader.inspect.plan.TrainingMemory;
import dev.fader.inspect.plan.TrainingSetup;
import dev.fader.inspect.plan.TrainingShape;
import dev.fader.model.ModelConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What one model would take.
///
/// @param context tokens of a sequence
/// @param running what it takes to run it; empty where only a size is known
/// @param training memory to train it, on each device; empty where only a size is known
/// @param flops per token; empty where only a size is known
/// @param tokens to train on
/// @param optimalTokens for which its size is the best
/// @param trainingFlops of the whole training
/// @param device what it is trained on
public record ModelPlan(
    PlanSubject subject,
    int context,
    Optional<RunningCount> running,
    Optional<TrainingMemory> training,
    Optional<FlopsPerToken> flops,
    double tokens,
    double optimalTokens,
    double trainingFlops,
    Device device,
    TrainingCost cost) {
  private static final int LONGEST = 8192;

  /// What else was said.
  public record Wishes(OptionalDouble tokens, OptionalDouble deviceHours) {}

  public static ModelPlan of(
      PlanSubject subject, PlanOptions options, Device device, Wishes wishes) {
    var config = subject.config();
    int own = config.map(ModelConfig::context).orElse(LONGEST);
    int context = options.context().orElse(Math.min(own, LONGEST));
    double optimal = ScalingLaw.REFITTED.tokensFor(subject.active());
    double tokens = wishes.tokens.orElse(optimal);
    var flops = config.map(model -> FlopsPerToken.of(model, context, options.recompute()));
    double perToken = flops.map(count -> perToken(count, options)).orElse(6 * subject.active());
    double deviceHours =
        wishes.deviceHours.orElse(
            TrainingCost.deviceHours(perToken * tokens, device, options.utilization()));
    return new ModelPlan(
        subject,
        context,
        config.map(
            model -> new RunningCount(model, options.weights(), options.cache(), options.repack())),
        config.map(model -> training(model, context, options)),
        flops,
        tokens,
        optimal,
        perToken * tokens,
        device,
        TrainingCost.of(deviceHours, options.rates(device)));
  }

  /// Fixed weights need no gradients, which saves one product of three.
  private static double perToken(FlopsPerToken flops, PlanOptions options) {
    double saved = options.method().isPresent() ? flops.layers() + flops.head() : 0;
    return flops.performed() - saved;
  }

  private static TrainingMemory training(ModelConfig model, int context, PlanOptions options) {
    return training(model, context, options, options.setup());
  }

  /// Its memory where it is trained otherwise than `options` say.
  static TrainingMemory training(
      ModelConfig model, int context, PlanOptions options, TrainingSetup setup) {
    var shape = new TrainingShape(options.batch(), 1, context, 1, options.recompute(), false);
    var method = options.method();
    return method.isEmpty()
        ? TrainingMemory.of(model, shape, setup)
        : TrainingMemory.of(model, shape, setup, method.get(), Optional.of(options.weights()));
  }

  /// The usual estimate of all operations.
  double sixNd() {
    return 6 * subject.active() * tokens;
  }

  /// What the laws say of it, in their order; empty where one of them says more than a model has
  /// that knows nothing.
  List<Double> losses() {
    double most = lossOfKnowingNothing().orElse(Double.POSITIVE_INFINITY);
    var losses = ScalingLaw.all().stream().map(law -> law.loss(subject.active(), tokens)).toList();
    return losses.stream().allMatch(loss -> loss < most) ? losses : List.of();
  }

  /// The logarithm of the vocabulary; empty where only a size is known.
  OptionalDouble lossOfKnowingNothing() {
    return subject.config().isPresent()
        ? OptionalDouble.of(Math.log(subject.config().get().vocabularySize()))
        : OptionalDouble.empty();
  }

  /// Whether each device holds its part of the training.
  boolean trainingFits() {
    return training.orElseThrow().total() <= device.memoryBytes();
  }

  /// How many devices hold the training together; empty if no number does.
  OptionalLong workersToFit(TrainingSetup setup) {
    return training.orElseThrow().workers(setup, (double) device.memoryBytes());
  }
}
