/// The front room: language models in a few lines. [dev.fader.LanguageModel] opens a model,
/// generates, embeds and counts; [dev.fader.Chat] keeps a conversation; [dev.fader.Trainer] trains
/// a model on texts. `docs/library.md` shows each. What lies below, package by package, is for
/// those who need more, and nothing there knows of this one.
@NullMarked
package dev.fader;

import org.jspecify.annotations.NullMarked;
