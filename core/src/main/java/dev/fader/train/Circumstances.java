package dev.fader.train;

import dev.fader.inspect.Machine;
import dev.fader.inspect.MachineSpeed;

/// What a recipe is for: the text and the machine.
///
/// @param trainingTokens tokens of the text that is learned from
/// @param vocabulary token ids of the tokenizer
public record Circumstances(
    long trainingTokens, int vocabulary, Machine machine, MachineSpeed speed) {}
