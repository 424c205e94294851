package dev.fader.tokenizer.model;

/// A vocabulary of whole words, or of characters if the text has been split into those (`WordLevel`
/// in Hugging Face's files). Other words become the unknown token, or an error if there is none
/// (-1).
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
