package dev.fader.serve;

import dev.fader.serve.http.ApiKeys;
import dev.fader.serve.http.Hosts;
import dev.fader.serve.http.HttpLimits;
import dev.fader.serve.http.HttpSetup;
import dev.fader.serve.metrics.AccessLog;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.serve.model.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a server serves, where, and to whom.
///
/// @param models by their names; the first are nobody's favourites
/// @param policy how they are opened and closed
/// @param http where it listens
/// @param grace that running requests get at the end
/// @param log of requests, if one is kept
public record ServerOptions(
    List<ServedModel> models,
    ModelPolicy policy,
    HttpSetup http,
    Duration grace,
    Optional<AccessLog> log) {
  private static final int PORT = 8080;

  /// @throws IllegalArgumentException if the time is negative
  public ServerOptions {
    models = List.copyOf(models);
    if (grace.isNegative()) {
      throw new IllegalArgumentException(
          "`grace` is %s, and must not be negative".formatted(grace));
    }
  }

  /// One model for this machine alone, at port 8080.
  public static ServerOptions of(Path model) {
    var http =
        new HttpSetup(
            "127.0.0.1",
            PORT,
            Optional.empty(),
            new HttpSetup.Access(ApiKeys.NONE, new Hosts(List.of(), List.of())),
            HttpLimits.DEFAULTS,
            Duration.ofSeconds(30));
    return new ServerOptions(
        List.of(ServedModel.of(model)),
        ModelPolicy.defaults(),
        http,
        Duration.ofSeconds(10),
        Optional.empty());
  }

  /// The same with other models.
  public ServerOptions withModels(List<ServedModel> others) {
    return new ServerOptions(others, policy, http, grace, log);
  }

  /// The same with models opened and closed otherwise.
  public ServerOptions withPolicy(ModelPolicy other) {
    return new ServerOptions(models, other, http, grace, log);
  }

  /// The same elsewhere.
  public ServerOptions withHttp(HttpSetup other) {
    return new ServerOptions(models, policy, other, grace, log);
  }

  /// The same with another time to end.
  public ServerOptions withGrace(Duration other) {
    return new ServerOptions(models, policy, http, other, log);
  }

  /// The same with a log of requests.
  public ServerOptions withLog(AccessLog other) {
    return new ServerOptions(models, policy, http, grace, Optional.of(other));
  }
}
