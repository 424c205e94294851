/// Training runs on the studio's page: those of its folder, whoever started them, as they go. The
/// door is [dev.fader.app.studio.training.RunRoutes].
@NullMarked
package dev.fader.app.studio.training;

import org.jspecify.annotations.NullMarked;
