/// Learns the merges of byte-level BPE from texts. The door is
/// [dev.fader.tokenizer.training.BytePairTrainer].
@NullMarked
package dev.fader.tokenizer.training;

import org.jspecify.annotations.NullMarked;
