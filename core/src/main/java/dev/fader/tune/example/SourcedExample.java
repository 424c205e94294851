package dev.fader.tune.example;

/// An example and where it was read.
public record SourcedExample(Example example, Place place) {}
