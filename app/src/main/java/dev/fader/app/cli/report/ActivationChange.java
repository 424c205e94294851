package dev.fader.app.cli.report;

import dev.fader.train.Evaluation;
import dev.fader.train.LearningCurve;
import dev.fader.train.ZeroShare;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What another activation has done to a model, and what it has learned since.
///
/// @param before validation loss with the old activation
/// @param after that with the new one, before anything was learned
/// @param now what it is
record ActivationChange(double before, double after, Evaluation now) {
  /// Of a run that measured its start.
  static Optional<ActivationChange> of(double before, LearningCurve curve, Evaluation now) {
    return curve.validation().stream()
        .filter(point -> point.step() == 0)
        .findFirst()
        .map(start -> new ActivationChange(before, start.loss(), now));
  }

  String sentence() {
    var layers =
        now.zeros().stream()
            .map(zeros -> String.format(Locale.ROOT, "%.1f", 100 * zeros.share()))
            .collect(Collectors.joining(" "));
    return String.format(
        Locale.ROOT,
        "validation loss %.4f before its activation changed, %.4f right after, %.4f now (%+.1f %%);"
            + " %.1f %% of the neurons are zero, by layer %s",
        before,
        after,
        now.loss(),
        100 * (now.loss() / before - 1),
        100 * ZeroShare.share(now.zeros()),
        layers);
  }
}
