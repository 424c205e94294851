/// Floor 1: output that keeps a form. The door is [dev.fader.grammar.Grammar]; a
/// [dev.fader.grammar.GrammarMatcher] tells, token by token, how a text may go on.
@NullMarked
package dev.fader.grammar;

import org.jspecify.annotations.NullMarked;
