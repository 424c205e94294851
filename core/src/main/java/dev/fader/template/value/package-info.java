/// The values of Python that templates work on, which know what of them the template did not write.
/// The door is [dev.fader.template.value.Value].
@NullMarked
package dev.fader.template.value;

import org.jspecify.annotations.NullMarked;
