/// Reads and writes models in GGUF files: configuration as metadata, and parameters as tensors. The
/// doors are [dev.fader.model.gguf.GgufConfigReader] and [dev.fader.model.gguf.GgufTensorReader].
@NullMarked
package dev.fader.model.gguf;

import org.jspecify.annotations.NullMarked;
