/// The numbers of a model file: statistics of each tensor, slices, single cells with the block that
/// they lie in, singular values. The doors are [dev.fader.inspect.tensor.ModelTensors], which opens
/// the files, and [dev.fader.inspect.tensor.TensorScan], which measures what is in them.
@NullMarked
package dev.fader.inspect.tensor;

import org.jspecify.annotations.NullMarked;
