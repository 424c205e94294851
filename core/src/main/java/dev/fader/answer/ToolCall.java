package dev.fader.answer;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// A call of a tool.
///
/// @param arguments JSON text as the model wrote it: an object, unless it was cut off or the model
///   made a mistake in it
public record ToolCall(String id, String name, String arguments) {
  private static final JsonMapper JSON = new JsonMapper();

  /// Whether the arguments are an object: else the call would be done with half of them.
  public boolean isWhole() {
    try {
      return JSON.readTree(arguments).isObject();
    } catch (JacksonException cut) {
      return false;
    }
  }
}
