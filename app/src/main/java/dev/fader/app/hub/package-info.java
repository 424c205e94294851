/// Models from the Hugging Face hub, in the cache that its own library keeps. The door is
/// [dev.fader.app.hub.Hub].
@NullMarked
package dev.fader.app.hub;

import org.jspecify.annotations.NullMarked;
