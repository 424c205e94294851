package dev.fader.app.cli.option;

import dev.fader.inspect.network.Network;
import dev.fader.inspect.network.RankGroup;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Ranks that train together over a network.
public final class NetworkOptions {
  private static final int MOST_RANKS = 1 << 20;
  private static final int MOST_MICROBATCHES = 1 << 30;

  /// From one program to another over TCP, on a network of one room.
  private static final double USUAL_LATENCY = 50e-6;

  private static final double BITS = 8; // in a byte

  private static final Pattern RATE =
      Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)([kmgt])bit(?:/s)?");

  private static final Pattern LATENCY = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(us|ms|s)");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description = "The time of a training step on so many machines that train together.")
  private @Nullable Integer ranks;

  @Option(
      names = "--network",
      paramLabel = "RATE[,TIME]",
      description =
          "What connects the ranks: 1gbit, 100gbit, and how long a message is on the way: 20us,"
              + " 30ms; default 50us.")
  private @Nullable String network;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "Microbatches of a step, of all ranks together; default one a rank.")
  private @Nullable Integer accumulate;

  @Option(
      names = "--sync-every",
      paramLabel = "H",
      description = "Ranks that exchange only every H steps (DiLoCo); default 1.")
  private int syncEvery = 1;

  NetworkOptions() {}

  /// Whether there are ranks.
  public boolean isGiven() {
    return ranks != null;
  }

  /// How many train together; 1 where nothing is said.
  int ranks() {
    return ranks == null ? 1 : ranks;
  }

  /// Refuses what makes no sense.
  ///
  /// @param zero what ranks keep only their share of
  void check(int zero) {
    if (ranks == null) {
      refuseWithoutRanks("--network", network != null);
      refuseWithoutRanks("--accumulate", accumulate != null);
      refuseWithoutRanks("--sync-every", syncEvery != 1);
      return;
    }
    within("--ranks", ranks, 1, MOST_RANKS);
    within("--sync-every", syncEvery, 1, MOST_MICROBATCHES);
    if (accumulate != null) {
      within("--accumulate", accumulate, 1, MOST_MICROBATCHES);
      if (accumulate < ranks) {
        throw misuse(
            "--accumulate %d leaves some of %d ranks without work: give %d or more"
                .formatted(accumulate, ranks, ranks));
      }
    }
    if (syncEvery > 1 && zero > 0) {
      throw misuse(
          "--zero %d shares weights or states that --sync-every %d lets each rank have for itself: leave one out"
              .formatted(zero, syncEvery));
    }
    network();
  }

  private void refuseWithoutRanks(String flag, boolean given) {
    if (given) {
      throw misuse("%s is for ranks that train together: give --ranks too".formatted(flag));
    }
  }

  private void within(String flag, int value, int least, int most) {
    if (value < least || value > most) {
      throw misuse("%s is %d, and must be from %d to %d".formatted(flag, value, least, most));
    }
  }

  /// How the ranks share a step; empty where there are none. A rank takes the most microbatches
  /// that any of them takes.
  public Optional<RankGroup> group(int zero) {
    if (ranks == null) {
      return Optional.empty();
    }
    int rounds = accumulate == null ? 1 : Math.ceilDiv(accumulate, ranks);
    return Optional.of(new RankGroup(ranks, rounds, zero, syncEvery));
  }

  /// What connects the ranks.
  public Network network() {
    if (network == null) {
      throw misuse("--ranks needs to know what connects them: give --network, such as 10gbit,50us");
    }
    return parse(network);
  }

  private Network parse(String text) {
    int comma = text.indexOf(',');
    var rate = RATE.matcher((comma < 0 ? text : text.substring(0, comma)).toLowerCase(Locale.ROOT));
    if (!rate.matches() || Double.parseDouble(rate.group(1)) == 0) {
      throw misuse(
          "--network '%s' has no rate in bits a second: write it like 100mbit, 1gbit or 2.5gbit,20us"
              .formatted(text));
    }
    double factor =
        switch (rate.group(2)) {
          case "k" -> 1e3;
          case "m" -> 1e6;
          case "g" -> 1e9;
          default -> 1e12;
        };
    double bytesPerSecond = Double.parseDouble(rate.group(1)) * factor / BITS;
    return new Network(
        bytesPerSecond, comma < 0 ? USUAL_LATENCY : latency(text, text.substring(comma + 1)));
  }

  private double latency(String network, String text) {
    var parts = LATENCY.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw misuse(
          "--network '%s' has no time after its comma: write it like 10gbit,20us or 1gbit,30ms"
              .formatted(network));
    }
    double factor =
        switch (parts.group(2)) {
          case "us" -> 1e-6;
          case "ms" -> 1e-3;
          default -> 1;
        };
    return Double.parseDouble(parts.group(1)) * factor;
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
