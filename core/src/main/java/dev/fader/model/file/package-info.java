/// Models as they are stored, in a Hugging Face directory or a GGUF file. The door is
/// [dev.fader.model.file.LoadedModel]; [dev.fader.model.file.ModelWeights] gives training its first
/// weights.
@NullMarked
package dev.fader.model.file;

import org.jspecify.annotations.NullMarked;
