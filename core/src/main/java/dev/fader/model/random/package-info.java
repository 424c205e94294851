/// Models of random weights, for measuring without a download. The door is
/// [dev.fader.model.random.RandomModel].
@NullMarked
package dev.fader.model.random;

import org.jspecify.annotations.NullMarked;
