/// The interface of Anthropic: `/v1/messages`.
///
/// The door is [dev.fader.serve.anthropic.AnthropicDialect].
@NullMarked
package dev.fader.serve.anthropic;

import org.jspecify.annotations.NullMarked;
