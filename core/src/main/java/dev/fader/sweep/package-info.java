/// Floor 5: ladders of small runs, which tell how large a model a budget deserves.
///
/// The door is [dev.fader.sweep.Sweep]: it trains what a [dev.fader.sweep.SweepPlan] lists, never
/// the same run twice, and keeps a [dev.fader.sweep.SweepResult] of each. What they say is a
/// [dev.fader.sweep.SweepVerdict].
@NullMarked
package dev.fader.sweep;

import org.jspecify.annotations.NullMarked;
