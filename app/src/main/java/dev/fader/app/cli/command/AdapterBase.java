package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ModelArgument;
import dev.fader.kernel.Engine;
import dev.fader.model.adapter.AdapterSummary;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// The model that an adapter changes: the one that is named, or the one that the adapter names.
final class AdapterBase {
  private static final String FLAG = "--model";

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = FLAG,
      paramLabel = "MODEL",
      description =
          "The model that the adapter changes: a directory, a .gguf file or OWNER/NAME[:FILE];"
              + " default: the one that the adapter names.")
  private @Nullable Path model;

  AdapterBase() {}

  /// Opens it. The caller closes it.
  ///
  /// @throws ParameterException if there is no name
  /// @throws IOException if it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  LoadedModel open(StoredAdapter adapter, Engine engine) throws IOException {
    if (model != null) {
      return ModelArgument.open(model, engine, false);
    }
    var named = AdapterSummary.of(adapter).baseModel();
    if (named.isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          "%s does not say which model it changes: name it (%s MODEL)"
              .formatted(adapter.path(), FLAG));
    }
    try {
      return ModelArgument.open(Path.of(named.get()), engine, false);
    } catch (IOException missing) {
      throw new IOException(
          "the model that %s names cannot be opened, name another (%s MODEL): %s"
              .formatted(adapter.path(), FLAG, missing.getMessage()),
          missing);
    }
  }
}
