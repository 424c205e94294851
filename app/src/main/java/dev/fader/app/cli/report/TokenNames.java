package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.TokenPieces;
import dev.fader.inspect.trace.TokenMeasure;
import dev.fader.tokenizer.Tokenizer;
import java.util.Optional;

/// Tokens as people read them.
public record TokenNames(TokenPieces pieces) {
  public TokenNames(Optional<Tokenizer> tokenizer) {
    this(new TokenPieces(tokenizer));
  }

  private static final char SPACE = '\u00b7'; // as everything that would not be seen

  /// The text that it writes, with spaces to be seen, without what would move the cursor or turn
  /// the direction of the text; its number if there is no tokenizer.
  public String of(int id) {
    var text = text(id);
    return text.isEmpty() ? "id:" + id : text;
  }

  /// The same where its number is told beside it: empty if there is no tokenizer.
  public String text(int id) {
    return WrittenText.name(pieces.text(id)).replace(' ', SPACE);
  }

  /// With what it is measured against.
  public String of(TokenMeasure asked) {
    return asked.against().isPresent()
        ? "logit of %s over %s".formatted(of(asked.token()), of(asked.against().getAsInt()))
        : "log probability of " + of(asked.token());
  }
}
