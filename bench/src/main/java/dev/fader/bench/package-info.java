/// Benchmarks. A JMH class measures one kernel; a class with a `main` measures whole training steps
/// side by side, or the opening of a model. [Fuzz] reads altered files, as many as one has time
/// for.
@NullMarked
package dev.fader.bench;

import org.jspecify.annotations.NullMarked;
