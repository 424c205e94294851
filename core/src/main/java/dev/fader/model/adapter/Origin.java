package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Where an adapter belongs.
///
/// @param baseModel name or path of the model that it changes
/// @param revision of that model
/// @param task `CAUSAL_LM` or `SEQ_CLS`
public record Origin(Optional<String> baseModel, Optional<String> revision, Optional<String> task) {
  private static final System.Logger LOG = System.getLogger("dev.fader.model.adapter");

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

  /// Warns if the base model is on this machine and another than the one that the adapter is used
  /// with: where shapes agree, nothing else tells. What is not there, such as a name of the hub, is
  /// not asked about.
  ///
  /// @param model the directory or file of the one that it is used with
  /// @param adapter its directory or file
  /// @throws IOException if one of them cannot be looked up
  public void warnUnlessFor(Path model, Path adapter) throws IOException {
    if (baseModel.isEmpty() || baseModel.get().isBlank()) {
      return;
    }
    try {
      var base = Path.of(baseModel.get());
      if (Files.exists(base) && Files.exists(model) && !Files.isSameFile(base, model)) {
        LOG.log(
            Level.WARNING,
            "{0}: the adapter is for {1}, and is used with {2}",
            adapter,
            base,
            model);
      }
    } catch (InvalidPathException _) {
      return; // no path, so none that is there
    }
  }

  void write(ObjectNode json) {
    baseModel.ifPresent(name -> json.put("base_model_name_or_path", name));
    revision.ifPresent(name -> json.put("revision", name));
    task.ifPresent(name -> json.put("task_type", name));
  }
}
