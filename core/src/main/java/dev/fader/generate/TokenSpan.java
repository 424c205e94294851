package dev.fader.generate;

/// Letters of a text that a single added token wrote, such as a special one: characters `[from,
/// to)`, in UTF-16 units. The same letters written by other tokens have none.
public record TokenSpan(int from, int to) {}
