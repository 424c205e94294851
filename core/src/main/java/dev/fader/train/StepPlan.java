package dev.fader.train;

/// The parameters of one step.
///
/// @param step steps before this one
/// @param learningRate of this step
/// @param measureUpdates whether to measure how far each layer moves
public record StepPlan(long step, double learningRate, boolean measureUpdates) {}
