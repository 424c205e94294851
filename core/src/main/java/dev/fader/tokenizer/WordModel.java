package dev.fader.tokenizer;

import java.util.OptionalInt;

/// A vocabulary of whole words, or of characters where a [SplitPattern] has cut the text into those
/// (`WordLevel` in Hugging Face's files). What is not in it becomes the unknown token, or an error
/// where there is none.
record WordModel(PieceIndex pieces, OptionalInt unknown) implements PieceModel {
  @Override
  public void encode(Encoding encoding, int from, int to) {
    int id = pieces.find(encoding.text, from, to);
    if (id >= 0) {
      encoding.add(id);
    } else if (unknown.isPresent()) {
      encoding.add(unknown.getAsInt());
    } else {
      throw encoding.unknownCharacter(from);
    }
  }
}
