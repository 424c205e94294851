/// From words to ids: byte pair encoding, unigram, WordPiece and whole words, over a vocabulary.
/// The door is [dev.fader.tokenizer.model.PieceModel].
@NullMarked
package dev.fader.tokenizer.model;

import org.jspecify.annotations.NullMarked;
