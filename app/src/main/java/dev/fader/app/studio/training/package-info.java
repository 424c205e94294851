/// Training runs on the studio's page: those of its folder, whoever started them, as they go. The
/// doors are [dev.fader.app.studio.training.RunRoutes] and, for sweeps,
/// [dev.fader.app.studio.training.SweepRoutes].
@NullMarked
package dev.fader.app.studio.training;

import org.jspecify.annotations.NullMarked;
