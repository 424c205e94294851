package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/// What is learned as it is, beside what the method adds.
///
/// @param modules `modules_to_save`: names that names of modules end with
/// @param biases which biases of the model
/// @param labels of a classification head, 0 without one
public record LearnedWhole(List<String> modules, Biases biases, int labels) {
  /// Nothing.
  public static final LearnedWhole NOTHING = new LearnedWhole(List.of(), Biases.NONE, 0);

  private static final String BIAS = "bias";
  private static final String MODULES = "modules_to_save";

  /// Biases that are learned.
  public enum Biases {
    NONE,
    /// All of the model.
    ALL,
    /// Those of the modules that the method changes.
    OF_TARGETS
  }

  public LearnedWhole {
    modules = List.copyOf(modules);
  }

  /// A copy with a classification head of so many labels.
  LearnedWhole withLabels(int count) {
    return new LearnedWhole(modules, biases, count);
  }

  static LearnedWhole read(AdapterFields fields) throws FormatException {
    return new LearnedWhole(fields.texts(MODULES), biases(fields), 0);
  }

  private static Biases biases(AdapterFields fields) throws FormatException {
    if (!fields.knows(BIAS)) {
      return Biases.NONE;
    }
    String text = fields.text(BIAS).orElse("none");
    return switch (text) {
      case "none" -> Biases.NONE;
      case "all" -> Biases.ALL;
      default -> {
        if (!text.endsWith("_only")) {
          throw fields.wrong(
              BIAS,
              "is %s, and must be none, all or lora_only".formatted(FormatException.quoted(text)));
        }
        yield Biases.OF_TARGETS;
      }
    };
  }

  void write(String type, ObjectNode json) {
    if (!modules.isEmpty()) {
      var array = json.putArray(MODULES);
      modules.forEach(array::add);
    }
    switch (biases) {
      case NONE -> {}
      case ALL -> json.put(BIAS, "all");
      case OF_TARGETS -> json.put(BIAS, type.toLowerCase(Locale.ROOT) + "_only");
    }
  }
}
