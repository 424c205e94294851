package dev.fader.evaluate.choice;

/// How likely a text is after another.
///
/// @param logProbability of its tokens together, in nats
/// @param greedy whether greedy decoding would write it
/// @param tokens it has
/// @param cut tokens of the text before it that did not fit the context, and were left out from the
///   beginning
public record Likelihood(double logProbability, boolean greedy, int tokens, int cut) {}
