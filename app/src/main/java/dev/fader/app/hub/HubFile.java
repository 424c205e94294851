package dev.fader.app.hub;

import java.util.Optional;

/// A file of a model, as the hub lists it.
///
/// @param path its place in the repository, with `/` between names
/// @param bytes its length
/// @param gitSha1 the SHA-1 of git's blob: of the file, or of the pointer to it
/// @param sha256 the SHA-256 of a large file
record HubFile(String path, long bytes, String gitSha1, Optional<String> sha256) {
  /// The checksum of the content, which is also the name of its blob.
  String checksum() {
    return sha256.orElse(gitSha1);
  }

  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
