/// Threads, and how work is split over them: never over a summed dimension, in chunks that do not
/// depend on the number of threads. The door is [dev.fader.kernel.parallel.Workers].
@NullMarked
package dev.fader.kernel.parallel;

import org.jspecify.annotations.NullMarked;
