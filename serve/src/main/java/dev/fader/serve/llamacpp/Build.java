package dev.fader.serve.llamacpp;

/// What answers, in the form of llama.cpp's builds.
final class Build {
  /// A build of Fader.
  static final String NAME = "b0-fader";

  private Build() {}
}
