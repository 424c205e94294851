package dev.fader.app.cli.report;

import dev.fader.generate.Generation;
import java.util.Locale;

/// How fast a text was written, in a line.
public final class GenerationReport {
  private GenerationReport() {}

  /// Tokens and tokens per second, and what drafts were good for.
  ///
  /// @param showKnown whether to say how many tokens of the prompt were known
  public static String rates(Generation generation, boolean showKnown) {
    var known =
        showKnown
            ? String.format(Locale.ROOT, ", %d of them known", generation.reusedTokens())
            : "";
    return String.format(
        Locale.ROOT,
        "prompt: %d tokens%s, %.0f tokens/s; written: %d tokens, %.0f tokens/s%s%s",
        generation.promptTokens(),
        known,
        generation.readTokens() / Math.max(1e-9, generation.promptSeconds()),
        generation.ids().size(),
        generation.ids().size() / Math.max(1e-9, generation.seconds()),
        drafts(generation),
        skipped(generation));
  }

  private static String skipped(Generation generation) {
    var share = generation.skippedShare();
    return share.isPresent()
        ? String.format(Locale.ROOT, "; %.0f%% of the neurons skipped", 100 * share.getAsDouble())
        : "";
  }

  private static String drafts(Generation generation) {
    return generation
        .acceptance()
        .map(drafts ->
            String.format(
                Locale.ROOT,
                "; drafted: %d tokens, %.0f%% accepted, %.2f tokens a pass",
                drafts.drafted(),
                100 * drafts.rate(),
                drafts.tokensPerPass()))
        .orElse("");
  }
}
