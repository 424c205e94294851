/// Files of models made of others: in the other format by
/// [dev.fader.model.convert.ModelConversion], in fewer bits by
/// [dev.fader.model.convert.ModelQuantization].
@NullMarked
package dev.fader.model.convert;

import org.jspecify.annotations.NullMarked;
