/// Floor 5: how far a figure of few items can be trusted. The door is
/// [dev.fader.evaluate.interval.Interval].
@NullMarked
package dev.fader.evaluate.interval;

import org.jspecify.annotations.NullMarked;
