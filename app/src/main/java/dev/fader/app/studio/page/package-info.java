/// The files of the studio's page, which lie beside the classes: modules of JavaScript that
/// browsers run as they are. The door is [dev.fader.app.studio.page.PageRoutes].
@NullMarked
package dev.fader.app.studio.page;

import org.jspecify.annotations.NullMarked;
