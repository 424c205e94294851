package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Where an adapter belongs.
///
/// @param baseModel name or path of the model that it changes
/// @param revision of that model
/// @param task `CAUSAL_LM` or `SEQ_CLS`
public record Origin(Optional<String> baseModel, Optional<String> revision, Optional<String> task) {
  /// The task of models that write text.
  public static final String CAUSAL_LM = "CAUSAL_LM";

  /// The task of models that classify texts.
  public static final String SEQ_CLS = "SEQ_CLS";

  /// An adapter of a model that writes text.
  public static Origin of(String baseModel) {
    return new Origin(Optional.of(baseModel), Optional.empty(), Optional.of(CAUSAL_LM));
  }

  static Origin read(AdapterFields fields) throws FormatException {
    var task = fields.text("task_type");
    if (task.isPresent() && !task.get().equals(CAUSAL_LM) && !task.get().equals(SEQ_CLS)) {
      throw fields.wrong(
          "task_type",
          "is %s, and what is read are %s and %s"
              .formatted(FormatException.quoted(task.get()), CAUSAL_LM, SEQ_CLS));
    }
    return new Origin(fields.text("base_model_name_or_path"), fields.text("revision"), task);
  }

  void write(ObjectNode json) {
    baseModel.ifPresent(name -> json.put("base_model_name_or_path", name));
    revision.ifPresent(name -> json.put("revision", name));
    task.ifPresent(name -> json.put("task_type", name));
  }
}
