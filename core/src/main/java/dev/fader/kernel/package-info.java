/// Floor 1: the arithmetic. The door is [dev.fader.kernel.Kernels], which chooses once between the
/// scalar reference and the Vector API and holds one object for each kind of kernel; they live in
/// the rooms below, on which this one stands. [dev.fader.kernel.Engine] opens the kernels with
/// their threads and memory.
///
/// Work is split over rows and columns of the result, never over a summed dimension, in chunks that
/// do not depend on the number of threads: results are bit-identical for any number of workers.
@NullMarked
package dev.fader.kernel;

import org.jspecify.annotations.NullMarked;
