package dev.fader.app.studio.training;

import dev.fader.app.cli.option.EndingFile;
import dev.fader.app.studio.training.TrainingOutput.State;
import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.JsonText;
import java.io.IOException;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A run that is followed by a client: what was told of it, and what is yet to be.
final class FollowedRun {
  private final TrainingOutput run;
  private final LogFollower log;
  private Optional<State> told = Optional.empty();
  private boolean unreadable;

  FollowedRun(TrainingOutput run, LogFollower log) {
    this.run = run;
    this.log = log;
  }

  /// Tells what a run does.
  @FunctionalInterface
  interface States {
    State of(TrainingOutput run) throws IOException;
  }

  /// Tells what is new, and says whether there is more at once. A log that cannot be read is told
  /// once, and tried again: the other runs go on.
  boolean tell(EventStream events, States states) {
    try {
      var now =
          states.of(run); // before the log, so that what is told of an end has all lines before
      boolean more = tellLines(events);
      if (!more && !told.equals(Optional.of(now))) {
        told = Optional.of(now);
        var event = event().put("state", RunRoutes.text(now));
        EndingFile.read(run.path()).ifPresent(end -> event.put("verdict", end.verdict()));
        events.send(event);
      }
      unreadable = false;
      return more;
    } catch (IOException failed) {
      if (!unreadable) {
        unreadable = true;
        events.send(event().put("problem", "its log cannot be read: " + failed.getMessage()));
      }
      return false;
    }
  }

  private ObjectNode event() {
    return JsonText.object().put("id", run.id());
  }

  private boolean tellLines(EventStream events) throws IOException {
    var lines = log.next();
    if (lines.points().isEmpty()) {
      return lines.more();
    }
    var points = JsonNodeFactory.instance.arrayNode();
    lines.points().forEach(points::add);
    var event = event().put("cursor", lines.cursor()).put("anew", lines.anew());
    event.set("points", points);
    events.send(event);
    return true;
  }
}
