/// The interface of OpenAI: chat completions, completions, embeddings, models, and responses that
/// are not stored.
///
/// The door is [dev.fader.serve.openai.OpenAiDialect].
@NullMarked
package dev.fader.serve.openai;

import org.jspecify.annotations.NullMarked;
