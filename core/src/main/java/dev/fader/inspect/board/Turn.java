package dev.fader.inspect.board;

import dev.fader.generate.Prediction;

/// What a mix makes of the next token.
///
/// @param prediction the same bits that a session reads
/// @param layersComputed how many layers were computed for it; those below had been before
public record Turn(Prediction prediction, int layersComputed) {}
