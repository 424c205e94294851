package dev.fader.grammar.schema;

import dev.fader.grammar.GrammarException;
import java.util.Optional;

/// What became of a JSON Schema.
///
/// @param gbnf the grammar, or nothing
/// @param refusal why there is none; a text, since it may be kept and thrown again and again
/// @param work that it took, in units of its own, of which one schema may take [#MOST_WORK]
public record CompiledSchema(Optional<String> gbnf, Optional<String> refusal, long work) {
  /// What one schema may take.
  public static final long MOST_WORK = SchemaWork.MOST;

  /// The grammar.
  ///
  /// @throws GrammarException if there is none
  public String orThrow() {
    return gbnf.orElseThrow(() -> new GrammarException(refusal.orElseThrow()));
  }
}
