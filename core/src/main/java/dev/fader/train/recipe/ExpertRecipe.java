package dev.fader.train.recipe;

import dev.fader.train.TrainingException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The part of a recipe that says what experts a model has.
final class ExpertRecipe {
  /// Of a model with experts only.
  private static final List<Hyperparameter> OF_EXPERTS =
      List.of(
          Hyperparameter.EXPERTS_PER_TOKEN,
          Hyperparameter.SHARED_EXPERTS,
          Hyperparameter.EXPERT_FEED_FORWARD,
          Hyperparameter.DENSE_LAYERS);

  private static final int USUAL_PER_TOKEN = 2;
  private static final int GRAIN = 8;

  private final RecipeRequest request;
  private final DecisionLog decisions;

  ExpertRecipe(RecipeRequest request, DecisionLog decisions) {
    this.request = request;
    this.decisions = decisions;
  }

  /// @param feedForward hidden width of the dense network
  Optional<ExpertSize> decide(Architecture architecture, int layers, int feedForward) {
    if (!request.has(Hyperparameter.EXPERTS)) {
      refuseWithoutExperts();
      return Optional.empty();
    }
    TrainingException.require(
        !architecture.isGpt(),
        "`experts` are not for arch %s: leave them out, or choose `architecture` llama, qwen3 or deepseek",
        architecture.family());
    int count = decisions.size(Hyperparameter.EXPERTS, 1, "");
    int perToken =
        decisions.size(
            Hyperparameter.EXPERTS_PER_TOKEN,
            Math.min(USUAL_PER_TOKEN, count),
            "usual: the weights of two teach the router which is better");
    TrainingException.require(
        perToken <= count,
        "`expertsPerToken` %d are more than the %d `experts`: choose at most that",
        perToken,
        count);
    int shared = shared(architecture);
    int width = width(feedForward, perToken + shared);
    int dense = dense(architecture, layers);
    return Optional.of(new ExpertSize(count, perToken, shared, width, dense, router(architecture)));
  }

  private void refuseWithoutExperts() {
    for (var setting : OF_EXPERTS) {
      TrainingException.require(
          !request.has(setting),
          "`%s` is for a model with `experts`: say how many, or leave it out",
          setting.field());
    }
    TrainingException.require(
        request.choices().router().isEmpty(),
        "`router` is for a model with `experts`: say how many, or leave it out");
  }

  private int shared(Architecture architecture) {
    boolean can = architecture == Architecture.DEEPSEEK;
    int shared =
        (int)
            decisions.count(
                Hyperparameter.SHARED_EXPERTS,
                can ? 1 : 0,
                can ? "what all tokens need, only one expert must learn" : "the family has none",
                0);
    TrainingException.require(
        can || shared == 0,
        "`sharedExperts` %d are not for arch %s: leave them out, or choose `architecture` deepseek",
        shared,
        architecture.name().toLowerCase(Locale.ROOT));
    return shared;
  }

  private int width(int feedForward, int used) {
    long derived = Math.max(1, Math.round((double) feedForward / used / GRAIN)) * GRAIN;
    return decisions.size(
        Hyperparameter.EXPERT_FEED_FORWARD,
        derived,
        "%d of them do the work of a dense network of %d".formatted(used, feedForward));
  }

  private int dense(Architecture architecture, int layers) {
    boolean can = architecture != Architecture.LLAMA;
    int dense =
        (int)
            decisions.count(
                Hyperparameter.DENSE_LAYERS, 0, "experts in all layers, as they are few", 0);
    TrainingException.require(
        can || dense == 0,
        "`denseLayers` %d are not for arch llama: leave them out, or choose `architecture` qwen3 or deepseek",
        dense);
    TrainingException.require(
        dense < layers,
        "`denseLayers` %d leave none of %d layers for experts: choose fewer",
        dense,
        layers);
    return dense;
  }

  private RouterKind router(Architecture architecture) {
    boolean can = architecture == Architecture.DEEPSEEK;
    var router =
        decisions.choice(
            "router",
            request.choices().router(),
            can ? RouterKind.SIGMOID : RouterKind.SOFTMAX,
            can ? "as DeepSeek-V3, whose router has a bias to balance with" : "of the family");
    TrainingException.require(
        can || router == RouterKind.SOFTMAX,
        "`router` sigmoid is not for arch %s: leave it out, or choose `architecture` deepseek",
        architecture.name().toLowerCase(Locale.ROOT));
    return router;
  }
}
