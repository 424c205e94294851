/// Floor 4: what a text is like before anything is learned from it. The door is
/// [dev.fader.data.quality.DataReport]: repeated and nearly repeated documents, languages, lengths,
/// how much of it is a repetition within, and what of it stands in other texts;
/// [dev.fader.data.quality.DataCleaning] leaves out what a rule names.
@NullMarked
package dev.fader.data.quality;

import org.jspecify.annotations.NullMarked;
