/// What programs are told: JSON objects that the command line prints with `--json` and the page of
/// the studio gets, one class a subject. What is asked of a prediction is understood here, too
/// ([dev.fader.app.view.TokenChoice]), so that both mean the same. The door is
/// [dev.fader.app.view.Json].
@NullMarked
package dev.fader.app.view;

import org.jspecify.annotations.NullMarked;
