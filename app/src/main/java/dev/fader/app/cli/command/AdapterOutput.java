package dev.fader.app.cli.command;

import dev.fader.model.adapter.KeptShare;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.adapter.Origin;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What the commands that write adapters have in common.
final class AdapterOutput {
  private static final double PERCENT = 100;

  /// Of this share, no module is worth a line.
  private static final double ALL = 0.9999;

  /// Modules that are shown one by one.
  private static final int SHOWN = 5;

  private AdapterOutput() {}

  static void requireRank(CommandSpec spec, @Nullable Integer rank) {
    if (rank != null && rank < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rank is %d, and must be at least 1".formatted(rank));
    }
  }

  /// @throws ParameterException if what is written would be what is read
  static void requireOther(CommandSpec spec, Path out, Path source) throws IOException {
    if (Files.exists(out) && Files.exists(source) && Files.isSameFile(out, source)) {
      throw new ParameterException(
          spec.commandLine(), "%s is read and written: choose another OUT".formatted(out));
    }
  }

  /// An adapter that says which model it changes.
  static LoadedAdapter of(LoadedAdapter adapter, LoadedModel model) {
    var origin = adapter.config().origin();
    if (origin.baseModel().isPresent()) {
      return adapter;
    }
    var named =
        new Origin(
            Optional.of(AdapterChoice.whole(model.path())), origin.revision(), origin.task());
    return adapter.withConfig(adapter.config().withOrigin(named));
  }

  static Map<String, Double> shares(List<KeptShare> kept) {
    var shares = new LinkedHashMap<String, Double>();
    kept.forEach(one -> shares.put(one.module(), one.share()));
    return shares;
  }

  /// Prints how much was kept in all, and of the modules of which least was.
  static void show(CommandSpec spec, List<KeptShare> kept, double share, String of) {
    var err = spec.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "kept: %.2f %% of the squared norm of %s of %d modules%n",
        PERCENT * share,
        of,
        kept.size());
    if (share > ALL) {
      return;
    }
    kept.stream()
        .sorted((a, b) -> Double.compare(a.share(), b.share()))
        .limit(SHOWN)
        .forEach(one ->
            err.printf(Locale.ROOT, "  %6.2f %%  %s%n", PERCENT * one.share(), one.module()));
    if (kept.size() > SHOWN) {
      err.printf("  more of the other %d%n", kept.size() - SHOWN);
    }
  }
}
