package dev.fader.serve.http;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// An interface that clients speak: its routes, and the shape of its errors.
public interface Dialect {
  /// What people call it.
  String name();

  /// All that can be asked for.
  List<Route> routes();

  /// Whether it answers for a path that is none of its routes.
  default boolean owns(String path) {
    return false;
  }

  /// The body of a response that tells of an error.
  ObjectNode error(ApiException error);

  /// What events have where there is nothing to tell: a comment.
  default String ping() {
    return EventStream.COMMENT;
  }

  /// Tells of an error in a stream that has begun.
  default void fail(EventStream stream, ApiException error) {
    stream.send(error(error));
  }

  /// Tells of an error in lines that have begun.
  default void fail(JsonLines lines, ApiException error) {
    lines.send(error(error));
  }
}
