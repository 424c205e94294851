/// Models in GGUF files: their configuration as metadata, and their parameters as tensors, read and
/// written. The doors are [dev.fader.model.gguf.GgufConfigReader] and
/// [dev.fader.model.gguf.GgufTensorReader].
@NullMarked
package dev.fader.model.gguf;

import org.jspecify.annotations.NullMarked;
