/// Floor 1: the arithmetic. The door is [dev.fader.kernel.Kernels];
/// [dev.fader.kernel.parallel.Workers] are the threads it runs on. Every kernel has a scalar form,
/// which is the reference, and a Vector API twin; which one runs is chosen once.
///
/// Work is split over rows and columns of the result, never over a summed dimension, in chunks that
/// do not depend on the number of threads: results are bit-identical for any number of workers.
@NullMarked
package dev.fader.kernel;

import org.jspecify.annotations.NullMarked;
