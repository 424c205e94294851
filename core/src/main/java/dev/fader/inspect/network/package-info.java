/// The time of a training step of many ranks on a network, before there is one. The doors are
/// [dev.fader.inspect.network.GroupStep] and, for a network that was measured,
/// [dev.fader.inspect.network.NetworkFit].
@NullMarked
package dev.fader.inspect.network;

import org.jspecify.annotations.NullMarked;
