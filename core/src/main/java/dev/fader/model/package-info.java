/// Floor 3: the model. [dev.fader.model.ModelConfig] says what it is, [dev.fader.model.Parameters]
/// is the table of its numbers, [dev.fader.model.Decoder] turns tokens into logits. A family is a
/// reader of one dialect of `config.json` and a map of weight names; there is one decoder for all
/// of them.
@NullMarked
package dev.fader.model;

import org.jspecify.annotations.NullMarked;
