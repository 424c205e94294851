/// The interface of llama.cpp's server.
///
/// The door is [dev.fader.serve.llamacpp.LlamaCppDialect].
@NullMarked
package dev.fader.serve.llamacpp;

import org.jspecify.annotations.NullMarked;
