/// Adapters of a model and their files: what a configuration asks of a model's parameter table,
/// with numbers from a file or new ones.
///
/// The doors are [dev.fader.model.adapter.StoredAdapter], which reads any format,
/// [dev.fader.model.adapter.AdapterDirectory], which reads and writes the directories of peft;
/// [dev.fader.model.adapter.AdapterMerge] puts one into the weights.
@NullMarked
package dev.fader.model.adapter;

import org.jspecify.annotations.NullMarked;
