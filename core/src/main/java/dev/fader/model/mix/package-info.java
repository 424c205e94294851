/// The mixing board of a model: [dev.fader.model.mix.Mix] says which of its parts are louder or
/// quieter than they were learned, [dev.fader.model.mix.MixFile] keeps that in a file, and
/// [dev.fader.model.mix.AppliedMix] does it, where the numbers flow or in copies of the tensors
/// that are touched. Files of weights stay as they are.
@NullMarked
package dev.fader.model.mix;

import org.jspecify.annotations.NullMarked;
