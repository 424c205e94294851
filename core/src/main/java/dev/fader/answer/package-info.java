/// What a chat model's answer is made of: content, reasoning and calls of tools, read from its text
/// as it is written, in the syntax of the model's chat template.
///
/// The door is [dev.fader.answer.AnswerFormat].
@NullMarked
package dev.fader.answer;

import org.jspecify.annotations.NullMarked;
