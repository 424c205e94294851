/// Parses Jinja: tokens, expressions and statements. The door is
/// [dev.fader.template.syntax.StatementParser].
@NullMarked
package dev.fader.template.syntax;

import org.jspecify.annotations.NullMarked;
