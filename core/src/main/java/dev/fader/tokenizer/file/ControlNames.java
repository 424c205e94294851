package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.PieceType;
import java.util.List;
import java.util.Set;

/// Tokens that end a text or a turn, known by their names: files that mark them as plain text are
/// common, and what ends a turn must neither be missed in a template nor be taken from a user.
final class ControlNames {
  private static final Set<String> NAMES =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "</s>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<eos>",
          "<end_of_utterance>",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>");

  private ControlNames() {}

  /// Gives the pieces of these names the type that they should have.
  static void correct(List<String> pieces, PieceType[] types) {
    int id = 0;
    for (String piece : pieces) {
      if (NAMES.contains(piece)) {
        types[id] = PieceType.CONTROL;
      }
      id++;
    }
  }
}
