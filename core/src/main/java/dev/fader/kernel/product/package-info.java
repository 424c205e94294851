/// Matrix products, after Goto and van de Geijn (2008) and BLIS (Van Zee and van de Geijn 2015).
/// The door is [dev.fader.kernel.product.MatrixProduct]; attention uses its tiles and packing, too.
@NullMarked
package dev.fader.kernel.product;

import org.jspecify.annotations.NullMarked;
