package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `adapter_config.json` of mlx-lm: how an adapter was trained, of which little matters later.
///
/// @param decomposed whether it is DoRA
/// @param whole whether parameters of the model themselves were trained
/// @param layers how many of the last layers have it; 0 for all
/// @param rank of the factors
/// @param scale what their product is multiplied with
/// @param dropout of what the first factor reads
/// @param keys names of modules, within a layer or in the model; none for all that there are
/// @param model that was trained
record MlxConfig(
    boolean decomposed,
    boolean whole,
    int layers,
    int rank,
    float scale,
    float dropout,
    List<String> keys,
    Optional<String> model) {
  private static final System.Logger LOG = System.getLogger("dev.fader.model.adapter");
  private static final String TYPE = "fine_tune_type";
  private static final String PARAMETERS = "lora_parameters";
  private static final String LAYERS = "num_layers";
  private static final String OLD_LAYERS = "lora_layers";

  /// How training went, or where files were.
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "train",
          "optimizer",
          "optimizer_config",
          "data",
          "seed",
          "batch_size",
          "iters",
          "val_batches",
          "learning_rate",
          "steps_per_report",
          "steps_per_eval",
          "resume_adapter_file",
          "adapter_path",
          "save_every",
          "test",
          "test_batches",
          "max_seq_length",
          "config",
          "grad_checkpoint",
          "grad_accumulation_steps",
          "clear_cache_threshold",
          "lr_schedule",
          "mask_prompt",
          "prompt_feature",
          "text_feature",
          "completion_feature",
          "chat_feature",
          "hf_dataset",
          "report_to",
          "project_name",
          "wandb",
          "warmup",
          "use_dora",
          "trust_remote_code");

  MlxConfig {
    keys = List.copyOf(keys);
  }

  /// Whether an `adapter_config.json` is one of mlx-lm.
  static boolean isIn(ObjectNode json) {
    return !json.has("peft_type")
        && (json.has(TYPE) || json.has(PARAMETERS) || json.has(OLD_LAYERS));
  }

  /// @throws FormatException if a field is missing or wrong
  static MlxConfig read(Path file) throws IOException {
    return new Reader(file, JsonFile.read(file)).read();
  }

  private record Reader(Path file, ObjectNode json) {
    MlxConfig read() throws FormatException {
      String type = json.path("use_dora").asBoolean(false) ? "dora" : "lora";
      if (json.has(TYPE)) {
        type = json.path(TYPE).asString("");
      }
      if (!Set.of("lora", "dora", "full").contains(type)) {
        throw wrong(TYPE, json.path(TYPE), "lora, dora or full");
      }
      warn();
      var layers = json.has(LAYERS) ? LAYERS : OLD_LAYERS;
      int count = Math.max(0, integer(layers, json.path(layers), -1));
      var model =
          Optional.of(json.path("model")).filter(JsonNode::isString).map(JsonNode::stringValue);
      if (type.equals("full")) {
        return new MlxConfig(false, true, count, 0, 0, 0, List.of(), model);
      }
      if (!(json.path(PARAMETERS) instanceof ObjectNode parameters)) {
        throw wrong(PARAMETERS, json.path(PARAMETERS), "an object with rank and scale");
      }
      requireKnown(parameters);
      return new MlxConfig(
          type.equals("dora"),
          false,
          count,
          integer(PARAMETERS + ".rank", parameters.path("rank"), 1),
          number(PARAMETERS + ".scale", parameters.path("scale")),
          parameters.has("dropout") ? dropout(parameters.path("dropout")) : 0,
          keys(parameters.path("keys")),
          model);
    }

    private void warn() {
      for (String field : json.propertyNames()) {
        if (!WITHOUT_EFFECT.contains(field)
            && !Set.of(TYPE, PARAMETERS, LAYERS, OLD_LAYERS, "model").contains(field)) {
          LOG.log(
              System.Logger.Level.WARNING,
              "{0}: the field {1} is not known, and left out of account",
              file,
              FormatException.quoted(field));
        }
      }
    }

    private void requireKnown(ObjectNode parameters) throws FormatException {
      for (String field : parameters.propertyNames()) {
        if (field.equals("alpha")) {
          throw new FormatException(
              file,
              PARAMETERS + ".alpha",
              "is %s: mlx-lm once multiplied the scale with alpha / rank, and now leaves alpha out of account; write the scale that was meant into `scale`, and take `alpha` out"
                  .formatted(parameters.path(field)));
        }
        if (!Set.of("rank", "scale", "dropout", "keys").contains(field)) {
          throw new FormatException(file, PARAMETERS + "." + field, "is not a field of mlx-lm");
        }
      }
    }

    private FormatException wrong(String field, JsonNode value, String needed) {
      return new FormatException(
          file,
          field,
          value.isMissingNode()
              ? "is missing, and must be " + needed
              : "is %s, and must be %s"
                  .formatted(FormatException.quoted(value.toString()), needed));
    }

    private int integer(String field, JsonNode value, int least) throws FormatException {
      boolean fits = value.isIntegralNumber() && value.canConvertToInt();
      if (!fits || value.intValue() < least || value.intValue() > Ranks.MOST) {
        throw wrong(field, value, "a whole number from %d to %d".formatted(least, Ranks.MOST));
      }
      return value.intValue();
    }

    private float number(String field, JsonNode value) throws FormatException {
      if (!value.isNumber() || !Float.isFinite(value.floatValue())) {
        throw wrong(field, value, "a number");
      }
      return value.floatValue();
    }

    private float dropout(JsonNode value) throws FormatException {
      float dropout = number(PARAMETERS + ".dropout", value);
      if (dropout < 0 || dropout >= 1) {
        throw wrong(PARAMETERS + ".dropout", value, "from 0 to below 1");
      }
      return dropout;
    }

    private List<String> keys(JsonNode value) throws FormatException {
      var keys = new ArrayList<String>();
      if (value.isMissingNode() || value.isNull()) {
        return keys;
      }
      for (var key : value) {
        if (!value.isArray() || !key.isString()) {
          throw wrong(PARAMETERS + ".keys", value, "a list of names of modules");
        }
        keys.add(key.stringValue());
      }
      return keys;
    }
  }
}
