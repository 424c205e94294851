package dev.fader.serve.body;

import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.http.JsonText;
import java.util.List;

/// About the bytes of the heap that what is told of tokens takes up until it is sent: each has a
/// row of its own, with a name and a number for each of those that are ranked.
public final class LikelihoodBytes {
  private LikelihoodBytes() {}

  /// Of so many tokens.
  ///
  /// @param ranked with each token
  public static long of(long tokens, int ranked) {
    return tokens * (ranked + 2) * 3 * JsonText.BYTES_OF_NUMBER;
  }

  /// Of these.
  public static long of(List<TokenLikelihood> told) {
    long bytes = 0;
    for (var one : told) {
      bytes += of(1, one.top().size());
    }
    return bytes;
  }
}
