/// Words of the field, explained, each with an example that is computed when it is asked for. The
/// door is [dev.fader.app.explain.Explanations]; the texts are Markdown files beside the classes,
/// and the pages of `docs/learn/` are made of them.
@NullMarked
package dev.fader.app.explain;

import org.jspecify.annotations.NullMarked;
