package dev.fader.serve;

import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpLimits;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.serve.model.ServedModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Options of servers in tests.
public final class ServerFor {
  private ServerFor() {}

  /// At any port, two texts at a time, and three that wait.
  public static ServerOptions models(ServedModel... models) {
    var access = new HttpSetup.Access(ApiKeys.NONE, new Hosts(List.of(), List.of()));
    var http =
        new HttpSetup(
            "127.0.0.1", 0, Optional.empty(), access, HttpLimits.DEFAULTS, Duration.ofSeconds(30));
    var policy =
        ModelPolicy.defaults()
            .withOpening(SmallModel.options())
            .withScheduling(new SchedulerLimits(2, 3, 17));
    return new ServerOptions(
        List.of(models), policy, http, Duration.ofMillis(300), Optional.empty());
  }
}
