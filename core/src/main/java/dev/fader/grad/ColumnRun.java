package dev.fader.grad;

/// Columns that are moved together.
///
/// @param source which of the inputs they come from
/// @param from their first column there
/// @param to their first column in the result
/// @param count how many
public record ColumnRun(int source, int from, int to, int count) {}
