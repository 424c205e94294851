/// What the studio's board asks of the server: models and their structure, the next token of a
/// prompt while faders move, losses, texts, exports, and scenes. The door is
/// [dev.fader.app.studio.board.BoardRoutes].
@NullMarked
package dev.fader.app.studio.board;

import org.jspecify.annotations.NullMarked;
