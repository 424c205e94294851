package dev.fader.inspect.network;

import java.util.List;

/// A network from the times of exchanges over it.
///
/// @param network that fits them best
/// @param error of the times that it foretells: the root of the mean square of what they are off
///   by, each as a part of the time that was measured
public record NetworkFit(Network network, double error) {
  /// All-to-all or all-gather of two ranks or more, which [Network] takes to be equally long.
  ///
  /// @param bytes of all parts that a rank has before, or afterwards
  /// @param ranksPerLink that share a link: 1 of machines, all of the ranks on one machine
  /// @param seconds that it took
  public record Exchange(double bytes, int ranks, int ranksPerLink, double seconds) {
    double sent() {
      return ranksPerLink * Network.sent(bytes, ranks);
    }
  }

  /// The latency and rate with the least squares of relative errors: otherwise the longest
  /// exchanges alone would decide.
  ///
  /// @throws IllegalArgumentException where the exchanges do not tell the two apart
  public static NetworkFit of(List<Exchange> measured) {
    double mm = 0;
    double ms = 0;
    double ss = 0;
    double m = 0;
    double s = 0;
    for (var exchange : measured) {
      double messages = 1 / exchange.seconds();
      double sent = exchange.sent() / exchange.seconds();
      mm += messages * messages;
      ms += messages * sent;
      ss += sent * sent;
      m += messages;
      s += sent;
    }
    double determinant = mm * ss - ms * ms;
    if (!(determinant > 1e-9 * mm * ss)) {
      throw new IllegalArgumentException(
          "%d exchanges that do not tell latency and rate apart: measure several sizes"
              .formatted(measured.size()));
    }
    double latency = (m * ss - s * ms) / determinant;
    double perByte = (s * mm - m * ms) / determinant;
    if (latency < 0) {
      latency = 0;
      perByte = s / ss;
    }
    if (!(perByte > 0)) {
      throw new IllegalArgumentException(
          "exchanges that take no longer for more bytes: measure larger sizes");
    }
    var network = new Network(1 / perByte, latency);
    return new NetworkFit(network, error(network, measured));
  }

  /// How far the times are off that `network` foretells for these exchanges, as [#error].
  public static double error(Network network, List<Exchange> measured) {
    double sum = 0;
    for (var exchange : measured) {
      double off = foretold(network, exchange) / exchange.seconds() - 1;
      sum += off * off;
    }
    return Math.sqrt(sum / measured.size());
  }

  /// Seconds of an exchange.
  public static double foretold(Network network, Exchange exchange) {
    return network.sharedBy(exchange.ranksPerLink()).exchange(exchange.bytes(), exchange.ranks());
  }
}
