package dev.fader.template;

/// A variable whose texts come from someone else than the template: messages, tools. What of them
/// reaches the output is marked there, so that nobody takes it for what the template wrote.
///
/// @param value as a variable of [Template#render] may be
public record Untrusted(Object value) {}
