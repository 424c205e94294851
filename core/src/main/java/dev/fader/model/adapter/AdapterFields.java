package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import dev.fader.format.JsonResource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The typed fields of an `adapter_config.json`, which knows every field of peft 0.21 and its
/// default.
final class AdapterFields {
  private static final System.Logger LOG = System.getLogger("dev.fader.model.adapter");
  private static final String KNOWN = "peft-fields.json";

  /// Fields that only say how training went, or where files were.
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "auto_mapping",
          "peft_version",
          "inference_mode",
          "fan_in_fan_out",
          "megatron_core",
          "qalora_group_size",
          "loftq_config",
          "eva_config",
          "corda_config",
          "lora_ga_config",
          "ensure_weight_tying",
          "init_weights",
          "init_ia3_weights",
          "tokenizer_name_or_path",
          "tokenizer_kwargs",
          "num_attention_heads",
          "num_layers",
          "rank_dropout_scale",
          "use_effective_conv2d");

  private final Path file;
  private final ObjectNode object;
  private final ObjectNode known; // with the defaults
  private final Set<String> asked = new HashSet<>();

  /// @throws FormatException if `peft_type` is missing or unknown
  AdapterFields(Path file, ObjectNode object) throws FormatException {
    this.file = file;
    this.object = object;
    var types = JsonResource.object(AdapterFields.class, KNOWN);
    String type = object.path("peft_type").asString("");
    if (!(types.path(type) instanceof ObjectNode fields)) {
      throw wrong(
          "peft_type",
          "is %s, and what is read are %s"
              .formatted(shown("peft_type"), String.join(", ", types.propertyNames())));
    }
    this.known = fields;
  }

  /// The fields of a method with the values that peft 0.21 gives them.
  static ObjectNode defaults(String type) {
    return (ObjectNode) JsonResource.object(AdapterFields.class, KNOWN).required(type);
  }

  FormatException wrong(String field, String problem) {
    return new FormatException(file, field, problem);
  }

  private String shown(String field) {
    return FormatException.quoted(object.path(field).toString());
  }

  private FormatException wrongType(String field, String needed) {
    return wrong(field, "is %s, and must be %s".formatted(shown(field), needed));
  }

  boolean has(String field) {
    asked.add(field);
    var value = object.path(field);
    return !value.isMissingNode() && !value.isNull();
  }

  /// Whether the method has this field at all.
  boolean knows(String field) {
    return known.has(field);
  }

  private JsonNode value(String field) {
    return has(field) ? object.path(field) : known.path(field);
  }

  /// An integer of at least `least`.
  int integer(String field, int least) throws FormatException {
    var value = value(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
      throw wrongType(field, "a whole number of at least " + least);
    }
    return value.intValue();
  }

  /// The same, `otherwise` if it is missing.
  int integerOr(String field, int least, int otherwise) throws FormatException {
    return value(field).isMissingNode() || value(field).isNull()
        ? otherwise
        : integer(field, least);
  }

  double number(String field) throws FormatException {
    return number(field, value(field));
  }

  private double number(String field, JsonNode value) throws FormatException {
    if (!value.isNumber() || !Float.isFinite((float) value.doubleValue())) {
      throw wrongType(field, "a number that float32 holds");
    }
    return value.doubleValue();
  }

  /// A probability of dropout.
  float dropout(String field) throws FormatException {
    double number = number(field);
    if (number < 0 || number >= 1) {
      throw wrongType(field, "from 0 to below 1");
    }
    return (float) number;
  }

  boolean flag(String field) throws FormatException {
    var value = value(field);
    if (!value.isBoolean()) {
      throw wrongType(field, "true or false");
    }
    return value.booleanValue();
  }

  Optional<String> text(String field) throws FormatException {
    var value = value(field);
    if (value.isNull() || value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isString()) {
      throw wrongType(field, "a text");
    }
    return Optional.of(value.stringValue());
  }

  /// The value of a field that may be of several types.
  JsonNode any(String field) {
    return value(field);
  }

  /// Modules by their names or by a regular expression; empty if it is missing.
  Optional<ModuleSelection> modules(String field) throws FormatException {
    var value = value(field);
    if (value.isNull() || value.isMissingNode()) {
      return Optional.empty();
    }
    if (value.isString()) {
      String text = value.stringValue();
      return Optional.of(
          text.equalsIgnoreCase(ModuleSelection.ALL_LINEAR)
              ? new ModuleSelection.AllLinear()
              : new ModuleSelection.Expression(text));
    }
    return Optional.of(new ModuleSelection.Names(texts(field)));
  }

  /// A list of texts, or one; none if it is missing.
  List<String> texts(String field) throws FormatException {
    var texts = new ArrayList<String>();
    for (var element : elements(field)) {
      if (!element.isString()) {
        throw wrongType(field, "a list of texts");
      }
      texts.add(element.stringValue());
    }
    return texts;
  }

  /// A list of integers, or one; none if it is missing.
  List<Integer> integers(String field) throws FormatException {
    return integers(field, elements(field));
  }

  List<Integer> integers(String field, Iterable<JsonNode> elements) throws FormatException {
    var integers = new ArrayList<Integer>();
    for (var element : elements) {
      if (!element.isIntegralNumber() || !element.canConvertToInt() || element.intValue() < 0) {
        throw wrongType(field, "a list of whole numbers of at least 0");
      }
      integers.add(element.intValue());
    }
    return integers;
  }

  private Iterable<JsonNode> elements(String field) {
    var value = value(field);
    if (value.isNull() || value.isMissingNode()) {
      return List.of();
    }
    return value instanceof ArrayNode array ? array : List.of(value);
  }

  /// Numbers by name; none if it is missing.
  SequencedMap<String, Double> numbers(String field) throws FormatException {
    var numbers = new LinkedHashMap<String, Double>();
    for (var entry : entries(field).entrySet()) {
      numbers.put(entry.getKey(), number(field, entry.getValue()));
    }
    return numbers;
  }

  /// The values of a field that is an object; none if it is missing.
  SequencedMap<String, JsonNode> entries(String field) throws FormatException {
    var value = value(field);
    var entries = new LinkedHashMap<String, JsonNode>();
    if (value.isNull() || value.isMissingNode()) {
      return entries;
    }
    if (!(value instanceof ObjectNode fields)) {
      throw wrongType(field, "an object");
    }
    fields.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    return entries;
  }

  /// Refuses fields that were not asked for and are not at their default, and warns of those that
  /// peft 0.21 does not have.
  ///
  /// @throws FormatException if a field asks for something that is not done here
  void requireNothingElse() throws FormatException {
    for (String field : object.propertyNames()) {
      if (asked.contains(field) || WITHOUT_EFFECT.contains(field)) {
        continue;
      }
      if (!known.has(field)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: the field {1} is not known, and left out of account",
            file,
            FormatException.quoted(field));
      } else if (!isIdle(field)) {
        throw wrong(
            field,
            "is %s, which is not supported: merge the adapter with peft, and use the merged model"
                .formatted(shown(field)));
      }
    }
  }

  private boolean isIdle(String field) {
    var value = object.path(field);
    var usual = known.path(field);
    boolean empty = value.isContainer() && value.isEmpty();
    boolean no = value.isBoolean() && !value.booleanValue();
    return value.isNull() || empty || no || value.equals(usual);
  }
}
