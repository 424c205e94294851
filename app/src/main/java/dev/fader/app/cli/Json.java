package dev.fader.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// What programs read: one object on one line.
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /// An object of names and values in turn, in this order.
  static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) Objects.requireNonNull(namesAndValues[i]), finite(namesAndValues[i + 1]));
    }
    return object;
  }

  /// JSON knows no infinity: such a number is null.
  private static @Nullable Object finite(@Nullable Object value) {
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }

  static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }
}
