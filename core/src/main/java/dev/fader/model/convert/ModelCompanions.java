package dev.fader.model.convert;

import dev.fader.format.FileContent;
import dev.fader.format.JsonFile;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// What belongs to a model directory beside its weights.
final class ModelCompanions {
  private static final Pattern NAMES =
      Pattern.compile(
          "tokenizer\\w*\\..*|special_tokens_map\\.json|added_tokens\\.json|vocab\\..*|merges\\.txt"
              + "|generation_config\\.json|chat_template\\..*|LICENSE.*");

  private static final Pattern GENERATES = Pattern.compile("(ForCausalLM|LMHeadModel)$");
  private static final String ARCHITECTURES = "architectures";

  private ModelCompanions() {}

  /// Of a directory whose weights are float32, or as they were: the configuration, the tokenizer,
  /// the chat templates.
  static SequencedMap<String, FileContent> of(LoadedModel base, Optional<ModelShards.Head> head)
      throws IOException {
    var files = new LinkedHashMap<String, FileContent>();
    var path = base.path();
    boolean directory = Files.isDirectory(path);
    var config = directory ? JsonFile.read(path.resolve(HuggingFaceConfig.NAME)) : written(base);
    config.remove("quantization_config");
    config.put(config.has("torch_dtype") ? "torch_dtype" : "dtype", "float32");
    head.ifPresent(scores -> describe(scores, config));
    files.put(HuggingFaceConfig.NAME, JsonFile.content(config));
    if (directory) {
      files.putAll(beside(path));
    } else {
      files.put(
          HuggingFaceConfig.GENERATION_NAME,
          HuggingFaceConfig.generationContent(ModelShards.layout(base.config())));
      base.tokenizer().map(Tokenizer::files).ifPresent(files::putAll);
      files.putAll(ChatTemplates.of(path).files());
    }
    return files;
  }

  private static ObjectNode written(LoadedModel base) {
    return HuggingFaceConfig.object(ModelShards.layout(base.config()), DType.FLOAT32);
  }

  /// The files of a directory that no weights are in.
  static SequencedMap<String, FileContent> beside(Path directory) throws IOException {
    var names = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(directory, Files::isRegularFile)) {
      files.forEach(names::add);
    }
    Collections.sort(names);
    var found = new LinkedHashMap<String, FileContent>();
    for (var file : names) {
      var name = String.valueOf(file.getFileName());
      if (NAMES.matcher(name).matches()) {
        found.put(name, FileContent.of(Files.readAllBytes(file)));
      }
    }
    return found;
  }

  /// As the models for sequence classification of transformers say it.
  private static void describe(ModelShards.Head head, ObjectNode config) {
    String before = config.path(ARCHITECTURES).path(0).asString("");
    if (!before.isEmpty()) {
      config
          .putArray(ARCHITECTURES)
          .add(GENERATES.matcher(before).replaceFirst("ForSequenceClassification"));
    }
    var names = config.putObject("id2label");
    var numbers = config.putObject("label2id");
    for (int label = 0; label < head.labels().size(); label++) {
      names.put(Integer.toString(label), head.labels().get(label));
      numbers.put(head.labels().get(label), label);
    }
    config.put(
        "problem_type",
        head.several() ? "multi_label_classification" : "single_label_classification");
  }
}
