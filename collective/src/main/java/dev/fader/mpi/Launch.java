package dev.fader.mpi;

import java.util.Map;
import java.util.Optional;

/// That this process was started as one of several.
///
/// @param size ranks that were started
public record Launch(Launcher launcher, int rank, int size) {
  private static final int MOST_DIGITS = 9;

  /// What a launcher has told this process, unless it was started alone.
  public static Optional<Launch> found() {
    return found(System.getenv());
  }

  static Optional<Launch> found(Map<String, String> environment) {
    for (var launcher : Launcher.values()) {
      int size = number(environment, launcher.size);
      int rank = number(environment, launcher.rank);
      if (size > 0 && rank >= 0 && rank < size) {
        return size == 1 ? Optional.empty() : Optional.of(new Launch(launcher, rank, size));
      }
    }
    return Optional.empty();
  }

  private static int number(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    boolean isNumber =
        !value.isEmpty()
            && value.length() <= MOST_DIGITS
            && value.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    return isNumber ? Integer.parseInt(value) : -1;
  }
}
