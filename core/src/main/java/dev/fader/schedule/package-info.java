/// Many texts at a time: requests of several clients share the forward passes of one model
/// (continuous batching, Yu et al. 2022, "Orca").
///
/// The door is [dev.fader.schedule.Scheduler].
@NullMarked
package dev.fader.schedule;

import org.jspecify.annotations.NullMarked;
