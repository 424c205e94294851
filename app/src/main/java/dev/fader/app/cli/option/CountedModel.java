package dev.fader.app.cli.option;

import java.util.Optional;

/// A model that was looked up, and what a method of tuning would train of it, if one was named.
public record CountedModel(ModelLookup.Found found, Optional<Tuned> tuned) {
  public record Tuned(String method, long parameters) {}

  public String name() {
    return found.name();
  }
}
