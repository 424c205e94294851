/// What models are made of, without loading them: parameters counted by component, of
/// configurations, of files by their headers, of published models by name, and of what tuning
/// methods train. The door is [dev.fader.inspect.count.ModelFiles] for what is stored and
/// [dev.fader.inspect.count.ParameterCount] for a configuration.
@NullMarked
package dev.fader.inspect.count;

import org.jspecify.annotations.NullMarked;
