/// What the server tells of itself: metrics, a log of requests, events for the flight recorder.
///
/// The door is [dev.fader.serve.metrics.ServerMetrics].
@NullMarked
package dev.fader.serve.metrics;

import org.jspecify.annotations.NullMarked;
