/// Floor 1: Jinja, the language of chat templates, over plain values. The door is
/// [dev.fader.template.Template].
///
/// A template is a stranger's program. It is interpreted, never compiled; it sees the values that
/// it was given and nothing else, there is no reflection, and depth, work and text are bounded.
@NullMarked
package dev.fader.template;

import org.jspecify.annotations.NullMarked;
