package dev.fader.app.view;

import dev.fader.generate.Generation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What programs read: one object on one line.
public final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /// An object of names and values in turn, in this order.
  public static Map<String, Object> object(Object... namesAndValues) {
    var object = new LinkedHashMap<String, Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], finite(namesAndValues[i + 1]));
    }
    return object;
  }

  /// JSON knows no infinity: such a number is null.
  private static Object finite(Object value) {
    return value instanceof Double number && !Double.isFinite(number)
        ? JsonNodeFactory.instance.nullNode()
        : value;
  }

  /// Numbers, of which those that are not finite are null.
  static List<Object> numbers(float[] values) {
    var numbers = new ArrayList<Object>(values.length);
    for (float value : values) {
      numbers.add(Float.isFinite(value) ? value : JsonNodeFactory.instance.nullNode());
    }
    return numbers;
  }

  /// An object as the tree of which it is the text.
  public static ObjectNode tree(Map<String, Object> object) {
    return MAPPER.valueToTree(object);
  }

  public static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// What was written, and why it ended.
  public static Map<String, Object> of(Generation generation) {
    var object =
        object(
            "ids", generation.ids(),
            "text", generation.text(),
            "prompt_tokens", generation.promptTokens(),
            "stop_reason", generation.stopReason().name().toLowerCase(Locale.ROOT));
    generation
        .acceptance()
        .ifPresent(drafts -> {
          object.put("passes", drafts.passes());
          object.put("drafted_tokens", drafts.drafted());
          object.put("accepted_tokens", drafts.accepted());
        });
    generation.skippedShare().ifPresent(share -> object.put("skipped_share", share));
    return object;
  }
}
