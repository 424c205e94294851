/// Floor 5: how the loss falls with size and text. [dev.fader.sweep.law.ScalingFit] is the door: it
/// finds the [dev.fader.sweep.law.ScalingLaw] that runs of known size, length and loss follow, and
/// says how far its predictions can be trusted. A [dev.fader.sweep.law.Frontier] looks at the best
/// of each budget alone.
@NullMarked
package dev.fader.sweep.law;

import org.jspecify.annotations.NullMarked;
