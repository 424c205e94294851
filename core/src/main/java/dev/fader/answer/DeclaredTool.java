package dev.fader.answer;

import tools.jackson.databind.JsonNode;

/// A tool that a model may call.
///
/// @param field where it was declared, for messages
/// @param schema JSON Schema of its arguments, an object
/// @param strict whether its arguments must satisfy the schema, even where the model calls as it
///   likes
record DeclaredTool(String field, String name, JsonNode schema, boolean strict) {}
