package dev.fader.template;

/// A variable whose strings do not come from the author of the template: messages, tools. They are
/// marked in the output, so that they cannot pass for the template's own text.
///
/// @param value any variable that [Template#render] accepts
public record Untrusted(Object value) {}
