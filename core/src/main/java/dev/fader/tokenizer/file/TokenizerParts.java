package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.PieceModel;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pipeline.AddedToken;
import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.PieceDecoder;
import dev.fader.tokenizer.pipeline.PostProcessor;
import dev.fader.tokenizer.pipeline.PreTokenizer;
import dev.fader.tokenizer.pipeline.TextNormalizer;
import java.util.List;

/// The components of a tokenizer, whatever format it was read from.
///
/// @param source the files that it is saved as
public record TokenizerParts(
    TokenizerFiles source,
    Vocabulary vocabulary,
    List<AddedToken> added,
    TextNormalizer normalization,
    PreTokenizer preTokenizer,
    PieceModel model,
    PostProcessor postProcessor,
    PieceDecoder decoding,
    BoundaryTokens ends) {}
