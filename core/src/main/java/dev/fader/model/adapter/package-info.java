/// Adapters of a model and their files: what a configuration asks of a model's parameter table,
/// with numbers from a file or new ones.
///
/// The door is [dev.fader.model.adapter.AdapterDirectory], which reads and writes the directories
/// of peft; [dev.fader.model.adapter.AdapterMerge] puts one into the weights.
@NullMarked
package dev.fader.model.adapter;

import org.jspecify.annotations.NullMarked;
