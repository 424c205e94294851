package dev.fader.grammar.schema;

/// Where a schema is in its document.
///
/// @param pointer JSON pointer to it, for messages
/// @param work that the whole document has cost
record SchemaPlace(String pointer, SchemaWork work) {
  /// Letters that cost as much as a unit of other work.
  private static final int LETTERS = 2;

  /// Another place in the document.
  SchemaPlace at(String other) {
    return new SchemaPlace(other, work);
  }

  /// Notes work that is done for what is here, before it is.
  ///
  /// @throws dev.fader.grammar.GrammarException if the document has cost too much
  void spend(long units) {
    if (!work.spend(units)) {
      throw SchemaDocument.wrong(
          this,
          "the schema takes too much work up to here: shorten it, repeat less, or ask for less at"
              + " once");
    }
  }

  /// Notes that so many letters are read or written.
  ///
  /// @throws dev.fader.grammar.GrammarException if the document has cost too much
  void spendLetters(int letters) {
    spend(1 + letters / LETTERS);
  }

  @Override
  public String toString() {
    return pointer;
  }
}
