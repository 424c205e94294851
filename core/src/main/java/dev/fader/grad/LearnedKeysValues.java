package dev.fader.grad;

/// Keys and values of one layer that stand for those of virtual tokens.
///
/// @param rows (tokens, columns of all layers)
/// @param from the first column of the layer: its keys, then its values
/// @param width how many columns
/// @param into the column of a layer's states where keys begin
/// @param firstId of the virtual tokens
public record LearnedKeysValues(Variable rows, int from, int width, int into, int firstId) {}
