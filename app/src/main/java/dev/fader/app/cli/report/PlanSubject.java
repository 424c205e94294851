package dev.fader.app.cli.report;

import dev.fader.model.ModelConfig;
import java.util.Optional;

/// What a plan is made for.
///
/// @param parameters all of them
/// @param active those that one token uses
/// @param config what it is; empty where only a size is known
public record PlanSubject(
    String name, double parameters, double active, Optional<ModelConfig> config) {}
