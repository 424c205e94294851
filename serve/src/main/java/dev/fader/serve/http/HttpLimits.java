package dev.fader.serve.http;

import java.time.Duration;
import java.util.Optional;

/// How much a client may send and how long it may take.
///
/// @param bodyBytes of a request, chunked or not
/// @param headerBytes of a request, all headers together
/// @param connections open at a time; more wait to be accepted
/// @param receive for a whole request, from its first byte
/// @param write for what is written, up to 64 KiB at a time, to be taken by the client
/// @param idle for a connection on which nothing is asked
/// @param answer for a request to be answered, the wait for its turn included, if there is a limit
public record HttpLimits(
    int bodyBytes,
    int headerBytes,
    int connections,
    Duration receive,
    Duration write,
    Duration idle,
    Optional<Duration> answer) {
  /// 8 MiB and 16 KiB, 2,000 connections; 60, 30 and 75 seconds, 10 minutes.
  public static final HttpLimits DEFAULTS =
      new HttpLimits(
          8 << 20,
          16 << 10,
          2000,
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          Duration.ofSeconds(75),
          Optional.of(Duration.ofMinutes(10)));

  /// @throws IllegalArgumentException if a number is out of range
  public HttpLimits {
    require("bodyBytes", bodyBytes, 1024, 1 << 30);
    require("headerBytes", headerBytes, 1024, 1 << 20);
    require("connections", connections, 1, 100_000);
    require("receive", receive);
    require("write", write);
    require("idle", idle);
    answer.ifPresent(time -> require("answer", time));
  }

  /// The same with another time for answers.
  public HttpLimits withAnswer(Optional<Duration> other) {
    return new HttpLimits(bodyBytes, headerBytes, connections, receive, write, idle, other);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "`%s` is %d, and must be from %d to %d".formatted(name, value, least, most));
    }
  }

  private static void require(String name, Duration value) {
    if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "`%s` is %s, and must be more than nothing and at most a day".formatted(name, value));
    }
  }
}
