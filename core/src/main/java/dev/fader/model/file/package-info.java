/// Reads stored models, a Hugging Face directory or a GGUF file. The doors are
/// [dev.fader.model.file.LoadedModel], and [dev.fader.model.file.ModelWeights] for training that
/// starts from one.
@NullMarked
package dev.fader.model.file;

import org.jspecify.annotations.NullMarked;
