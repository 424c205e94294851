package dev.fader.tokenizer;

import java.util.List;

/// What a tokenizer is made of, whatever file it was read from.
///
/// @param source how it is written into a directory
record TokenizerParts(
    TokenizerSource source,
    Vocabulary vocabulary,
    List<AddedToken> added,
    Normalization normalization,
    PreTokenizer preTokenizer,
    PieceModel model,
    Frame frame,
    PieceDecoding decoding,
    TextEnds ends) {}
