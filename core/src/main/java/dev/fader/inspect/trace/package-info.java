/// A text on its way through a model: what each layer would say
/// ([dev.fader.inspect.trace.LogitLens]), where heads look
/// ([dev.fader.inspect.trace.AttentionMap]), what made a token likely
/// ([dev.fader.inspect.trace.LogitAttribution]), what would change it
/// ([dev.fader.inspect.trace.Sensitivity], [dev.fader.inspect.trace.Patching],
/// [dev.fader.inspect.trace.Ablation]), which texts of many a part answers to
/// ([dev.fader.inspect.trace.ActivatingTexts]). The door is [dev.fader.inspect.trace.TracedModel];
/// each view is a record that one pass or a few fill.
@NullMarked
package dev.fader.inspect.trace;

import org.jspecify.annotations.NullMarked;
