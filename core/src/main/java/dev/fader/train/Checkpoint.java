package dev.fader.train;

import dev.fader.data.Dataset;
import dev.fader.format.FileContent;
import dev.fader.format.SafetensorsContent;
import dev.fader.model.LatentAttention;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.ModelWeights;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/// What is in a checkpoint: a model directory in the Hugging Face layout, and in `trainer/` what
/// only training needs.
///
/// Layers that share parameters are written out once per layer, under every layer's name, so that
/// other tools open the model; reading takes the first of them.
final class Checkpoint {
  /// The parts of an architecture that a checkpoint must share with the run, the most telling
  /// first.
  private static final SequencedMap<String, Function<ModelConfig, Object>> ARCHITECTURE =
      new LinkedHashMap<>();

  static {
    ARCHITECTURE.put("the family", ModelConfig::family);
    ARCHITECTURE.put("the number of layers", ModelConfig::layers);
    ARCHITECTURE.put("the number of layers that share", ModelConfig::sharedLayers);
    ARCHITECTURE.put("the width", ModelConfig::width);
    ARCHITECTURE.put("the vocabulary", ModelConfig::vocabularySize);
    ARCHITECTURE.put("the context of the model", ModelConfig::context);
    ARCHITECTURE.put("the number of heads", model -> model.attention().heads());
    ARCHITECTURE.put("the width of the latent of queries", Checkpoint::queryRank);
    ARCHITECTURE.put("the attention", ModelConfig::attention);
    ARCHITECTURE.put("the activation", model -> model.feedForward().activation().title());
    ARCHITECTURE.put("the feed-forward network", ModelConfig::feedForward);
    ARCHITECTURE.put("the normalisation", ModelConfig::norm);
    ARCHITECTURE.put("the kind of positions", ModelConfig::positions);
    ARCHITECTURE.put("the embedding", ModelConfig::embedding);
  }

  private final ModelConfig model;
  private final SequencedMap<String, FileContent> unchanging = new LinkedHashMap<>();

  private static int queryRank(ModelConfig model) {
    return model.attention().latent().map(LatentAttention::queryRank).orElse(0);
  }

  /// Writes the checkpoints of one run. Files that no step changes (configuration, tokenizer) are
  /// made here, once.
  Checkpoint(ModelConfig model, Optional<Tokenizer> tokenizer) throws IOException {
    this.model = model;
    unchanging.put(HuggingFaceConfig.NAME, HuggingFaceConfig.content(model));
    unchanging.put(HuggingFaceConfig.GENERATION_NAME, HuggingFaceConfig.generationContent(model));
    tokenizer.map(Tokenizer::files).ifPresent(unchanging::putAll);
  }

  /// Takes the chat templates of a model directory or GGUF file along, into every checkpoint.
  void keepTemplates(Path model) throws IOException {
    unchanging.putAll(ChatTemplates.of(model).files());
  }

  /// The files of a checkpoint; tensors are read when the files are written.
  Map<String, FileContent> files(TrainableModel trainer, TrainingState state) {
    var files = new LinkedHashMap<>(unchanging);
    files.put("model.safetensors", new SafetensorsContent(trainer.weightContents(), origin(state)));
    files.putAll(TrainerFolder.files(trainer, state));
    return files;
  }

  /// Identifies the weights within the file itself, which may be copied out of its directory.
  private static Map<String, String> origin(TrainingState state) {
    var texts = new LinkedHashMap<String, String>();
    texts.put("step", Long.toString(state.step()));
    state.curve().validation().stream()
        .filter(point -> point.step() == state.step())
        .forEach(point -> texts.put("validation_loss", Double.toString(point.loss())));
    return texts;
  }

  /// Reads a checkpoint into `trainer`, whose configuration must be the checkpoint's.
  ///
  /// @return the rest of the state
  /// @throws TrainingException if the checkpoint is of another architecture or origin
  /// @throws dev.fader.format.FormatException if a file is not what [#files] writes
  TrainingState read(Path directory, TrainableModel trainer, TrainingState.Origin origin)
      throws IOException {
    requireArchitecture(directory);
    var state = TrainerFolder.read(directory, origin);
    trainer.fill(wanted -> ModelWeights.copy(directory, trainer.parameters(), wanted));
    TrainerFolder.readOptimizer(directory, trainer);
    return state;
  }

  private void requireArchitecture(Path directory) throws IOException {
    var there = HuggingFaceConfig.read(directory);
    ARCHITECTURE.forEach((what, property) ->
        TrainerFolder.require(directory, what, property.apply(there), property.apply(model)));
  }

  /// What must be unchanged when a run resumes.
  static TrainingState.Origin origin(
      Optional<Tokenizer> tokenizer, Dataset data, TrainingConfig config) {
    return new TrainingState.Origin(
        tokenizer.map(Tokenizer::fingerprint).orElse(""),
        data.fingerprint(),
        config.batching().context(),
        config.seed(),
        config.optimizer().method());
  }
}
