/// The page on which one sees the parameters of a model, turns them, and watches the next word
/// change. The door is [dev.fader.app.studio.StudioDialect], which a model server carries beside
/// its other interfaces.
@NullMarked
package dev.fader.app.studio;

import org.jspecify.annotations.NullMarked;
