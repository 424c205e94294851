/// A server of models, in front of all else here.
///
/// The door is [dev.fader.serve.ModelServer].
@NullMarked
package dev.fader.serve;

import org.jspecify.annotations.NullMarked;
