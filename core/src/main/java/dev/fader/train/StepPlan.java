package dev.fader.train;

/// What one step of a [Trainer] is told.
///
/// @param step steps before this one
/// @param learningRate of this step
/// @param measureUpdates whether to measure how far each layer moves
public record StepPlan(long step, double learningRate, boolean measureUpdates) {}
