package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// What an adapter is: an `adapter_config.json` of peft, in types.
///
/// @param method what is put beside the modules
/// @param targets which modules
/// @param learnedWhole what else is learned
/// @param origin where it belongs
public record AdapterConfig(
    AdapterMethod method, Targets targets, LearnedWhole learnedWhole, Origin origin) {
  /// Reads a configuration. Unknown fields are warned of; those that ask for something that is not
  /// done here are refused.
  ///
  /// @throws FormatException if a field is wrong or not supported
  static AdapterConfig read(Path file, ObjectNode json) throws FormatException {
    var fields = new AdapterFields(file, json);
    var config =
        new AdapterConfig(
            AdapterMethods.read(fields),
            Targets.read(fields),
            LearnedWhole.read(fields),
            Origin.read(fields));
    fields.requireNothingElse();
    return config;
  }

  /// The configuration with all fields that peft 0.21 writes for the method.
  ObjectNode json(ModelConfig model) {
    var json = AdapterFields.defaults(method.type());
    AdapterMethods.write(method, json);
    named(model).write(json);
    learnedWhole.write(method.type(), json);
    origin.write(json);
    if (method instanceof PromptMethod prompt) {
      putTokenizer(prompt, json);
      json.put("token_dim", model.width())
          .put("num_layers", model.layers())
          .put("num_attention_heads", model.attention().heads());
    }
    if (method instanceof PrefixMethod) {
      var attention = model.attention();
      json.put("token_dim", attention.keyValueWidth())
          .put("num_layers", model.layers())
          .put("num_attention_heads", attention.keyValueHeads());
    }
    return json;
  }

  /// peft takes layers only beside names.
  private Targets named(ModelConfig model) {
    boolean some = !targets.layers().isEmpty() || !targets.layersPatterns().isEmpty();
    if (!some || !(targets.modules() instanceof ModuleSelection.AllLinear)) {
      return targets;
    }
    var names =
        new BaseModules(model)
            .all().stream()
                .filter(module -> module.kind() == BaseModule.Kind.PROJECTION)
                .map(module -> module.name().substring(module.name().lastIndexOf('.') + 1))
                .distinct()
                .toList();
    return new Targets(
        new ModuleSelection.Names(names),
        targets.excluded(),
        targets.layers(),
        targets.layersPatterns());
  }

  /// peft does not open a prompt that began as a text without the name of its tokenizer.
  private void putTokenizer(PromptMethod prompt, ObjectNode json) {
    if (prompt.begin().kind() == PromptMethod.Kind.TEXT) {
      origin
          .baseModel()
          .ifPresentOrElse(
              name -> json.put("tokenizer_name_or_path", name),
              () -> json.put("prompt_tuning_init", PromptMethod.Kind.RANDOM.name()));
    }
  }

  /// A copy for a model of another name or path.
  public AdapterConfig withOrigin(Origin other) {
    return new AdapterConfig(method, targets, learnedWhole, other);
  }

  /// A copy of another method.
  public AdapterConfig withMethod(AdapterMethod other) {
    return new AdapterConfig(other, targets, learnedWhole, origin);
  }

  /// A copy with a classification head of so many labels.
  public AdapterConfig withLabels(int labels) {
    return new AdapterConfig(method, targets, learnedWhole.withLabels(labels), origin);
  }
}
