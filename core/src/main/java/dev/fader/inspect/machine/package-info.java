/// Hardware: this machine and its measured speed, and tables of devices and of electricity. The
/// doors are [dev.fader.inspect.machine.Machine] and [dev.fader.inspect.machine.Device].
@NullMarked
package dev.fader.inspect.machine;

import org.jspecify.annotations.NullMarked;
