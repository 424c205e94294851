/// What requests of several screens have in common: mixes, prompts, names of files, and the words
/// for files that fail. Doors are [dev.fader.app.studio.request.PromptFields] and its neighbours,
/// each a few static methods.
@NullMarked
package dev.fader.app.studio.request;

import org.jspecify.annotations.NullMarked;
