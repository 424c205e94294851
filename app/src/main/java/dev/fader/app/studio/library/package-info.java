/// Models that are not served yet: what the cache of the hub and the studio's folder hold, and what
/// can be fetched; and the words of the field, explained. The doors are
/// [dev.fader.app.studio.library.LibraryRoutes] and
/// [dev.fader.app.studio.library.ExplanationRoutes].
@NullMarked
package dev.fader.app.studio.library;

import org.jspecify.annotations.NullMarked;
