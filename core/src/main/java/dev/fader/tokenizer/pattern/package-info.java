/// Part of floor 1's tokenizer room: finding words in UTF-8. The doors are
/// [dev.fader.tokenizer.pattern.TextPattern], what to look for, and
/// [dev.fader.tokenizer.pattern.MatchFinder], the search for it.
@NullMarked
package dev.fader.tokenizer.pattern;

import org.jspecify.annotations.NullMarked;
