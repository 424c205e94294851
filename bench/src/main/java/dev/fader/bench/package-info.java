/// Benchmarks. A JMH class measures one kernel; a class with a `main` measures whole training steps
/// side by side.
@NullMarked
package dev.fader.bench;

import org.jspecify.annotations.NullMarked;
