/// Python's values as templates use them, with untrusted text tracked. The door is
/// [dev.fader.template.value.Value].
@NullMarked
package dev.fader.template.value;

import org.jspecify.annotations.NullMarked;
