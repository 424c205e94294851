/// Executes templates: expressions, filters, tests, functions and methods. The door is
/// [dev.fader.template.runtime.Interpreter].
@NullMarked
package dev.fader.template.runtime;

import org.jspecify.annotations.NullMarked;
