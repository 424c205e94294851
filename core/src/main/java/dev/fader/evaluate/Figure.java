package dev.fader.evaluate;

import dev.fader.evaluate.interval.Interval;

/// What a model scores at a task.
///
/// @param name such as `rouge-l` or `acc`
/// @param value the score of all items
/// @param interval where it is likely to be for items like these, with a confidence of 95 %
/// @param best what a perfect model scores: 1 or 100
public record Figure(String name, double value, Interval interval, double best) {}
