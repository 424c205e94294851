/// The command line: one class per command. The door is [dev.fader.app.cli.Fader].
@NullMarked
package dev.fader.app.cli;

import org.jspecify.annotations.NullMarked;
