/// Floor 1: model files. The doors for reading are [dev.fader.format.TensorFile] (a safetensors
/// file or a directory of shards) and [dev.fader.format.GgufFile]; for writing
/// [dev.fader.format.DurableDirectory] and [dev.fader.format.DurableFile], both with
/// [dev.fader.format.FileContent].
///
/// Files are untrusted: everything they say about themselves is checked against the bytes before it
/// is used, and any violation is a [dev.fader.format.FormatException].
@NullMarked
package dev.fader.format;

import org.jspecify.annotations.NullMarked;
