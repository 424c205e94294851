/// Counts parameters without loading models: of configurations, files, published models and tuning
/// methods. The doors are [dev.fader.inspect.count.ModelFiles] for files and
/// [dev.fader.inspect.count.ParameterCount] for a configuration.
@NullMarked
package dev.fader.inspect.count;

import org.jspecify.annotations.NullMarked;
