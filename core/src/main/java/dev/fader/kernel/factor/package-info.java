/// Matrices taken apart: thin QR, singular values, and the largest of them of matrices too big for
/// that. Small matrices are in double; the products of big ones are those of `kernel.product`.
///
/// The door is [dev.fader.kernel.factor.TruncatedSvd]; [dev.fader.kernel.factor.MatrixRows] says
/// what it can take apart.
@NullMarked
package dev.fader.kernel.factor;

import org.jspecify.annotations.NullMarked;
