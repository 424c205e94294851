/// Standard output, standard error and the screen: progress, interrupts, failures in one line.
/// Nothing here knows a command.
@NullMarked
package dev.fader.app.cli.terminal;

import org.jspecify.annotations.NullMarked;
