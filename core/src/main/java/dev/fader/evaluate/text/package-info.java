/// Floor 5: what texts are worth beside references. The door is
/// [dev.fader.evaluate.text.TextMetrics].
@NullMarked
package dev.fader.evaluate.text;

import org.jspecify.annotations.NullMarked;
