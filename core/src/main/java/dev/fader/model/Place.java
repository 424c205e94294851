package dev.fader.model;

/// A site of one layer.
///
/// @param layer from 0 on
public record Place(Site site, int layer) {}
