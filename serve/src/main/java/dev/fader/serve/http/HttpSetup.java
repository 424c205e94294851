package dev.fader.serve.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Where a server listens, and to whom.
///
/// @param host name or address of this machine
/// @param port 0 for any that is free
/// @param tls the files for TLS, if it is spoken
/// @param access who may ask
/// @param limits how much, and how long
/// @param ping after which a stream on which nothing is told has a comment
public record HttpSetup(
    String host,
    int port,
    Optional<TlsFiles> tls,
    Access access,
    HttpLimits limits,
    Duration ping) {
  /// PEM files.
  ///
  /// @param certificate with those that vouch for it, if there are
  /// @param key that belongs to it, PKCS 8, not encrypted
  public record TlsFiles(Path certificate, Path key) {}

  /// Who may ask.
  public record Access(ApiKeys keys, Hosts hosts) {}

  /// @throws IllegalArgumentException if the port is none
  public HttpSetup {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "`port` is %d, and must be from 0 to 65535".formatted(port));
    }
  }
}
