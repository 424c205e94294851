/// Vectors of this process and the functions of math on them, with scalar twins of the same bits.
/// The door is [dev.fader.kernel.vector.VectorWidth], the width that is chosen; all else is loaded
/// only where the module `jdk.incubator.vector` is present.
@NullMarked
package dev.fader.kernel.vector;

import org.jspecify.annotations.NullMarked;
