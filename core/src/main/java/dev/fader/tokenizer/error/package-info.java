/// What tokenizers throw: [dev.fader.tokenizer.error.TokenizerException]. It lies below all rooms
/// of `tokenizer`, which all throw it.
@NullMarked
package dev.fader.tokenizer.error;

import org.jspecify.annotations.NullMarked;
