/// The JSON bodies of requests: fields that are read within declared ranges, and the settings that
/// several interfaces spell alike.
///
/// The doors are [dev.fader.serve.body.BodyFields] and [dev.fader.serve.body.SamplingFields].
@NullMarked
package dev.fader.serve.body;

import org.jspecify.annotations.NullMarked;
