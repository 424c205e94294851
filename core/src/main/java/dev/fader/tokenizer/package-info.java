/// Floor 1: text to token ids and back. The door is [dev.fader.tokenizer.Tokenizer].
@NullMarked
package dev.fader.tokenizer;

import org.jspecify.annotations.NullMarked;
