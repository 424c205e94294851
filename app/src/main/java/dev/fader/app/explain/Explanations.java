package dev.fader.app.explain;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// All words that are explained, in the order in which one may read them.
public final class Explanations {
  private static final List<Explanation> ALL =
      List.of(
          new Explanation("parameter", List.of("parameters", "weight"), LineExamples::parameter),
          new Explanation("token", List.of("tokens", "tokenizer"), TextExamples::token),
          new Explanation("logits", List.of("logit", "softmax"), TextExamples::logits),
          new Explanation("loss", List.of("cross-entropy"), TextExamples::loss),
          new Explanation("perplexity", List.of(), TextExamples::perplexity),
          new Explanation(
              "evaluation",
              List.of("metrics", "metric", "exact-match", "f1", "rouge", "chrf", "accuracy"),
              EvaluationExamples::evaluation),
          new Explanation("gradient", List.of("gradients"), LineExamples::gradient),
          new Explanation("learning-rate", List.of("lr", "step-size"), LineExamples::learningRate),
          new Explanation("backpropagation", List.of("backprop"), LineExamples::backpropagation),
          new Explanation("overfitting", List.of("underfitting"), TextExamples::overfitting),
          new Explanation("batch", List.of("batch-size", "minibatch"), TrainingExamples::batch),
          new Explanation("epoch", List.of("epochs"), TrainingExamples::epoch),
          new Explanation(
              "optimizer",
              List.of("optimiser", "adam", "adamw", "muon", "sgd"),
              TrainingExamples::optimizer),
          new Explanation("dropout", List.of(), TrainingExamples::dropout),
          new Explanation(
              "transformer", List.of("transformers", "decoder"), SizeExamples::transformer),
          new Explanation("layer", List.of("layers", "block", "depth"), SizeExamples::layer),
          new Explanation("embedding", List.of("embeddings"), TextExamples::embedding),
          new Explanation("attention", List.of("self-attention"), SizeExamples::attention),
          new Explanation("temperature", List.of("sampling"), TextExamples::temperature),
          new Explanation(
              "top-p", List.of("nucleus", "top-k", "min-p", "top_p"), TrainingExamples::topP),
          new Explanation(
              "context", List.of("context-length", "context-window"), TrainingExamples::context),
          new Explanation("kv-cache", List.of("key-value-cache", "cache"), SizeExamples::cache),
          new Explanation(
              "quantisation",
              List.of("quantization", "quantised", "quantized"),
              SizeExamples::quantisation),
          new Explanation(
              "fine-tuning",
              List.of("finetuning", "tuning", "tune", "transfer-learning"),
              TuningExamples::fineTuning),
          new Explanation("lora", List.of("adapter", "adapters", "peft"), SizeExamples::lora),
          new Explanation(
              "dpo", List.of("preferences", "preference", "rlhf"), TuningExamples::preferences),
          new Explanation(
              "classification",
              List.of("classifier", "confusion-matrix", "sentiment"),
              TuningExamples::classification),
          new Explanation(
              "experts", List.of("expert", "moe", "mixture-of-experts"), SizeExamples::experts));

  private Explanations() {}

  /// All of them.
  public static List<Explanation> all() {
    return ALL;
  }

  /// The page that names all others.
  public static String index() {
    var index =
        new StringBuilder(
            "# Words\n\nWhat `fader explain` tells, one page a word; `fader explain --pages docs/learn` writes"
                + " them.\n\nA story with measured figures: [how much is enough](how-much-is-enough.md).\n\n");
    for (var explanation : ALL) {
      index
          .append("- [%s](%s.md): ".formatted(explanation.word(), explanation.word()))
          .append(explanation.summary())
          .append('\n');
    }
    return index.toString();
  }

  /// The explanation of `word`, in upper or lower case.
  public static Optional<Explanation> find(String word) {
    var name = word.strip().toLowerCase(Locale.ROOT).replace(' ', '-').replace('_', '-');
    return ALL.stream().filter(explanation -> explanation.isCalled(name)).findFirst();
  }
}
