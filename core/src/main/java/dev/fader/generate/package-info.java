/// Floor 4: writing text. The door is [dev.fader.generate.Generator]; a
/// [dev.fader.generate.Session] holds what one caller has said to a model so far, a
/// [dev.fader.generate.ChatSession] talks by the model's [dev.fader.generate.ChatTemplate].
@NullMarked
package dev.fader.generate;

import org.jspecify.annotations.NullMarked;
