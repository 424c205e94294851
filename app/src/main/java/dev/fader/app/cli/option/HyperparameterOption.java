package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.train.recipe.Hyperparameter;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;

/// The option that sets a number of a recipe by hand.
///
/// @param label what stands for the number in the help
record HyperparameterOption(Hyperparameter hyperparameter, String label, String description) {
  static final List<HyperparameterOption> ALL =
      List.of(
          new HyperparameterOption(
              Hyperparameter.DEPTH, "N", "Number of layers; every other size follows from it."),
          new HyperparameterOption(
              Hyperparameter.VOCABULARY, "N", "Token ids of the model; default: the tokenizer's."),
          new HyperparameterOption(Hyperparameter.LAYERS, "N", "Number of layers."),
          new HyperparameterOption(
              Hyperparameter.WIDTH, "N", "Width: numbers per token between the layers."),
          new HyperparameterOption(
              Hyperparameter.EMBEDDING_WIDTH,
              "N",
              "Columns of a factorised embedding, of arch opt; default: as wide as --dim."),
          new HyperparameterOption(
              Hyperparameter.HEADS, "N", "Attention heads, a divisor of --dim."),
          new HyperparameterOption(
              Hyperparameter.KEY_VALUE_HEADS,
              "N",
              "Heads of keys and values, a divisor of --heads."),
          new HyperparameterOption(
              Hyperparameter.FEED_FORWARD, "N", "Hidden width of the feed-forward network."),
          new HyperparameterOption(Hyperparameter.CONTEXT, "N", "Tokens per sequence."),
          new HyperparameterOption(
              Hyperparameter.WINDOW,
              "N",
              "Sliding window: positions a token attends to; 0 for all."),
          new HyperparameterOption(
              Hyperparameter.SHARED_LAYERS,
              "N",
              "Consecutive layers that share one set of parameters."),
          new HyperparameterOption(
              Hyperparameter.EXPERTS,
              "N",
              "Feed-forward networks of a layer, of which a router chooses a few for each token."),
          new HyperparameterOption(
              Hyperparameter.EXPERTS_PER_TOKEN, "N", "How many it chooses; default 2."),
          new HyperparameterOption(
              Hyperparameter.SHARED_EXPERTS,
              "N",
              "Experts that every token goes to, of arch deepseek; default 1 there."),
          new HyperparameterOption(
              Hyperparameter.EXPERT_FEED_FORWARD,
              "N",
              "Hidden width of an expert; default: all that a token goes to are as wide as --ffn."),
          new HyperparameterOption(
              Hyperparameter.DENSE_LAYERS, "N", "First layers without experts; default 0."),
          new HyperparameterOption(
              Hyperparameter.BALANCE_SPEED,
              "R",
              "What the bias of --balance bias moves in a step at the highest learning rate, with which it falls; default 0.01."),
          new HyperparameterOption(
              Hyperparameter.BALANCE_LOSS,
              "R",
              "The weight of the auxiliary loss of --balance loss; default 0.01."),
          new HyperparameterOption(
              Hyperparameter.ROUTER_LOSS,
              "R",
              "The weight of the router's z-loss; default 0.001 with --balance loss."),
          new HyperparameterOption(
              Hyperparameter.SPARSITY_LOSS,
              "R",
              "The weight in the loss of the neurons' mean magnitude, which makes more of them zero,"
                  + " with --activation relu, relu2 or drelu; default 0, and 3 in relufy."),
          new HyperparameterOption(Hyperparameter.BATCH, "N", "Batch size in sequences."),
          new HyperparameterOption(Hyperparameter.ACCUMULATE, "N", "Batches per step."),
          new HyperparameterOption(Hyperparameter.STEPS, "N", "How long: so many updates."),
          new HyperparameterOption(
              Hyperparameter.TOKENS, "N", "How long: so many tokens, 10M for ten million."),
          new HyperparameterOption(Hyperparameter.EPOCHS, "N", "How long: the text so many times."),
          new HyperparameterOption(Hyperparameter.MINUTES, "N", "How long: so many minutes."),
          new HyperparameterOption(Hyperparameter.LEARNING_RATE, "R", "The highest learning rate."),
          new HyperparameterOption(
              Hyperparameter.MINIMUM_LEARNING_RATE, "R", "The last learning rate."),
          new HyperparameterOption(
              Hyperparameter.WARMUP, "STEPS", "Warm-up steps of the learning rate."),
          new HyperparameterOption(
              Hyperparameter.BETA1, "B", "AdamW's decay of the mean gradient."),
          new HyperparameterOption(
              Hyperparameter.BETA2, "B", "AdamW's decay of the mean squared gradient."),
          new HyperparameterOption(
              Hyperparameter.EPSILON,
              "E",
              "AdamW's epsilon, added to the root of the mean square."),
          new HyperparameterOption(Hyperparameter.MOMENTUM, "M", "Of sgd and muon."),
          new HyperparameterOption(
              Hyperparameter.WEIGHT_DECAY,
              "D",
              "Weight decay, decoupled, times the learning rate."),
          new HyperparameterOption(
              Hyperparameter.CLIP, "C", "Gradient clipping: the largest norm; 0 for none."),
          new HyperparameterOption(Hyperparameter.DROPOUT, "P", "Dropout probability."),
          new HyperparameterOption(
              Hyperparameter.SEED, "N", "Random seed: the same seed, the same model."));

  /// The option as picocli knows it; `setter` takes the words that a user wrote.
  OptionSpec of(BiConsumer<Hyperparameter, String> setter) {
    return OptionSpec.builder("--" + FlagNames.of(hyperparameter.field()))
        .type(String.class)
        .paramLabel(label)
        .description(description)
        .setter(
            new ISetter() {
              @Override
              public <T> @Nullable T set(@Nullable T value) {
                if (value != null) {
                  setter.accept(hyperparameter, value.toString());
                }
                return null;
              }
            })
        .build();
  }
}
