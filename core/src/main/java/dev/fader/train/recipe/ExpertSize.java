package dev.fader.train.recipe;

/// The experts of a layer.
///
/// @param count of which a router chooses
/// @param perToken how many it chooses for a token
/// @param shared how many more every token goes to
/// @param width hidden width of each
/// @param denseLayers how many of the first layers have a dense network instead
/// @param router how scores become probabilities
public record ExpertSize(
    int count, int perToken, int shared, int width, int denseLayers, RouterKind router) {}
