package dev.fader.tokenizer.model;

/// A vocabulary of whole words, or of characters where the text has been cut into those
/// (`WordLevel` in Hugging Face's files). What is not in it becomes the unknown token, or an error
/// where there is none (-1).
public record WordLevelModel(Vocabulary.PieceIndex pieces, int unknown) implements PieceModel {
  @Override
  public void encode(Encoding encoding, int from, int to) {
    int id = pieces.find(encoding.text, from, to);
    if (id >= 0) {
      encoding.add(id);
    } else if (unknown >= 0) {
      encoding.add(unknown);
    } else {
      throw encoding.unknownCharacter(from);
    }
  }
}
