/// Converts model files: to the other format by [dev.fader.model.convert.ModelConversion], to fewer
/// bits by [dev.fader.model.convert.ModelQuantization].
@NullMarked
package dev.fader.model.convert;

import org.jspecify.annotations.NullMarked;
