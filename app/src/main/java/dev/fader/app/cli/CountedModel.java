package dev.fader.app.cli;

import java.util.Optional;

/// A model that was looked up, and what a method of tuning would train of it, if one was named.
record CountedModel(ModelLookup.Found found, Optional<Tuned> tuned) {
  record Tuned(String method, long parameters) {}

  String name() {
    return found.name();
  }
}
