/// What is different in two models. The door is [dev.fader.inspect.difference.ModelComparison].
@NullMarked
package dev.fader.inspect.difference;

import org.jspecify.annotations.NullMarked;
