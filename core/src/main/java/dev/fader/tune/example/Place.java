package dev.fader.tune.example;

/// Where an example comes from.
///
/// @param file its name
/// @param line counted from 1
public record Place(String file, long line) {
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
