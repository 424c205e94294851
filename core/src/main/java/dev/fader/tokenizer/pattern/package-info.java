/// Searching UTF-8 text, on floor 1. The doors are [dev.fader.tokenizer.pattern.TextPattern], what
/// to search for, and [dev.fader.tokenizer.pattern.MatchFinder], the search.
@NullMarked
package dev.fader.tokenizer.pattern;

import org.jspecify.annotations.NullMarked;
