/// Floor 4: writing text. The door is [dev.fader.generate.Generator]; a
/// [dev.fader.generate.Session] holds what one caller has said to a model so far.
@NullMarked
package dev.fader.generate;

import org.jspecify.annotations.NullMarked;
