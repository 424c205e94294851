package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// The text that drafts are for.
///
/// @param settings of its sampler
/// @param tokenizer of the model, if it has one
/// @param sampler of the model
/// @param stop whether someone wants it to end
record DraftedText(
    SamplerSettings settings,
    Optional<Tokenizer> tokenizer,
    Sampler sampler,
    BooleanSupplier stop) {}
