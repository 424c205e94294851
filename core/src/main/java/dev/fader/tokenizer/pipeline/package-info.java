/// The steps around the model: added tokens, normalizer, pre-tokenizer, post-processor and decoder.
/// The door is [dev.fader.tokenizer.pipeline.TextPipeline].
@NullMarked
package dev.fader.tokenizer.pipeline;

import org.jspecify.annotations.NullMarked;
