/// What is inside a model, for the page: its tensors, two of them compared, a text going through.
/// Answers are what `fader inspect`, `diff` and `trace` print with `--json`. The door is
/// [dev.fader.app.studio.inspection.InspectionRoutes].
@NullMarked
package dev.fader.app.studio.inspection;

import org.jspecify.annotations.NullMarked;
