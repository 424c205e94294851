/// Floor 3: the model. [dev.fader.model.ModelConfig] is its architecture,
/// [dev.fader.model.Parameters] its weights, [dev.fader.model.Decoder] computes the forward pass.
/// All families share this decoder. [dev.fader.model.Intervention] looks at what flows in it, or
/// changes it.
@NullMarked
package dev.fader.model;

import org.jspecify.annotations.NullMarked;
