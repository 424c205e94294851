/// Matrix products of a library for processors: oneDNN, called by `java.lang.foreign` where it is
/// installed. The door is [dev.fader.kernel.onednn.OneDnn].
@NullMarked
package dev.fader.kernel.onednn;

import org.jspecify.annotations.NullMarked;
