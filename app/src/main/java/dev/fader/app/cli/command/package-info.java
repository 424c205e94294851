/// One class a command, each a door that `Fader` names; beside them what a single command is made
/// of.
@NullMarked
package dev.fader.app.cli.command;

import org.jspecify.annotations.NullMarked;
