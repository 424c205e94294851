/// Floor 4: writing text. The door is [dev.fader.generate.Generator]; a
/// [dev.fader.generate.Session] holds the tokens and the KV cache of one caller, a
/// [dev.fader.generate.ChatSession] chats in the format of the model's
/// [dev.fader.generate.ChatTemplate].
@NullMarked
package dev.fader.generate;

import org.jspecify.annotations.NullMarked;
