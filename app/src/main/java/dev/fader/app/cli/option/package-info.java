/// Options that several commands share, and what they name: the model, the data, the recipe, the
/// engine. A command takes them in by picocli's `@Mixin`.
@NullMarked
package dev.fader.app.cli.option;

import org.jspecify.annotations.NullMarked;
