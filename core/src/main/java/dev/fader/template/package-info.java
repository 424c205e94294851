/// Floor 1: Jinja, the language of chat templates. The door is [dev.fader.template.Template].
/// [dev.fader.template.Template].
///
/// Templates are untrusted programs. They are interpreted, never compiled; they see only the values
/// passed to them, without reflection, and depth, work and text are bounded.
@NullMarked
package dev.fader.template;

import org.jspecify.annotations.NullMarked;
