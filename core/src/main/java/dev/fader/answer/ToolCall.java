package dev.fader.answer;

/// A call of a tool.
///
/// @param arguments JSON text as the model wrote it: an object, unless it was cut off or the model
///   made a mistake in it
public record ToolCall(String id, String name, String arguments) {}
