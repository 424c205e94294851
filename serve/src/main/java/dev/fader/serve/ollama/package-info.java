/// The interface of Ollama: `/api/…`.
///
/// The door is [dev.fader.serve.ollama.OllamaDialect].
@NullMarked
package dev.fader.serve.ollama;

import org.jspecify.annotations.NullMarked;
