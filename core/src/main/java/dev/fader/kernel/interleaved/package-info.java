/// Quantised weights with sixteen lines side by side in memory, so that a lane of a vector is a
/// line: the door is [dev.fader.kernel.interleaved.InterleavedProduct], which multiplies few rows
/// with them. [dev.fader.kernel.interleaved.InterleavedPacking] decodes them into the panels of
/// products with many rows, [dev.fader.kernel.interleaved.Interleaving] makes them,
/// [dev.fader.kernel.interleaved.InterleavedLayout] says where everything lies.
///
/// The loops of the formats differ in how a word is taken apart, and are written out for one, two
/// and four rows: the compiler keeps vectors in registers only within one method.
@NullMarked
package dev.fader.kernel.interleaved;

import org.jspecify.annotations.NullMarked;
