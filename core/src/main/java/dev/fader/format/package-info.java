/// Floor 1: files of numbers. The door to read is [dev.fader.format.TensorFile], which maps a
/// safetensors file or a directory of shards, and [dev.fader.format.GgufFile], which maps a GGUF
/// file; the door to write is [dev.fader.format.DurableDirectory] for a checkpoint and
/// [dev.fader.format.DurableFile] for a single file, both with [dev.fader.format.FileContent] to
/// say what goes into it.
///
/// Files come from strangers: everything a file says about itself is compared with the bytes that
/// are there before it is believed, and what does not fit is one
/// [dev.fader.format.FormatException].
@NullMarked
package dev.fader.format;

import org.jspecify.annotations.NullMarked;
