package dev.fader.app.studio.library;

import java.nio.file.Path;

/// A model on this machine.
///
/// @param name by which it is asked for: that of the hub, or its path in the studio's folder
/// @param source `hub` or `folder`
/// @param path of its directory or first GGUF file
/// @param files how many it has
/// @param bytes of all of them
record StoredModel(String name, String source, Path path, int files, long bytes) {}
