/// Small additions to the projections of a model, which learn while the model stays as it is: LoRA
/// and its relatives. Each [dev.fader.adapter.Adapter] is composed of operations of the tape.
///
/// The door is [dev.fader.adapter.ModelAdapter], all that one adapter changes in a model.
@NullMarked
package dev.fader.adapter;

import org.jspecify.annotations.NullMarked;
