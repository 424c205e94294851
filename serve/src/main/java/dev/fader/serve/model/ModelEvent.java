package dev.fader.serve.model;

/// A model has come into another state.
///
/// @param message why it could not be opened, or nothing
public record ModelEvent(String model, ModelStatus status, String message) {}
