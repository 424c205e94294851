/// The exception of tokenizers, [dev.fader.tokenizer.error.TokenizerException], in a package below
/// all other packages of `tokenizer` because all of them throw it.
@NullMarked
package dev.fader.tokenizer.error;

import org.jspecify.annotations.NullMarked;
