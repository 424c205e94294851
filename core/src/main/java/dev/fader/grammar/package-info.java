/// Floor 1: constrained output. The door is [dev.fader.grammar.Grammar]; a
/// [dev.fader.grammar.GrammarMatcher] tells, token by token, how a text may continue.
@NullMarked
package dev.fader.grammar;

import org.jspecify.annotations.NullMarked;
