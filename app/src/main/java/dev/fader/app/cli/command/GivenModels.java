package dev.fader.app.cli.command;

import dev.fader.app.cli.option.ModelArgument;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModel.NamedAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ParameterException;

/// The models that [ServedModelOptions] name.
final class GivenModels {
  private final ServedModelOptions options;

  GivenModels(ServedModelOptions options) {
    this.options = options;
  }

  /// @throws ParameterException if an adapter or a mix is of no model that is given
  /// @throws IOException if a file is not there, or cannot be read
  List<ServedModel> served() throws IOException {
    var served = new ArrayList<ServedModel>();
    for (var given : options.models()) {
      served.add(model(given));
    }
    for (var given : options.adapters()) {
      addAdapter(served, given);
    }
    for (var given : options.mixes()) {
      addMix(served, given);
    }
    return served;
  }

  /// What is there as a file is no name with a path behind it.
  private static ServedModel model(String given) throws IOException {
    int equals = given.indexOf('=');
    if (equals <= 0 || Files.exists(Path.of(given))) {
      return ServedModel.of(ModelArgument.resolve(Path.of(given)));
    }
    var path = ModelArgument.resolve(Path.of(given.substring(equals + 1)));
    return new ServedModel(given.substring(0, equals), path, List.of());
  }

  private void addAdapter(List<ServedModel> served, String given) throws IOException {
    int equals = given.indexOf('=');
    if (equals <= 0) {
      throw options.misuse(
          "--adapter '%s' has no name: give it as NAME=PATH or MODEL:NAME=PATH".formatted(given));
    }
    var names = given.substring(0, equals);
    var path = Path.of(given.substring(equals + 1));
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    int colon = names.lastIndexOf(':');
    int at = index(served, colon < 0 ? "" : names.substring(0, colon), "--adapter", given);
    var one = served.get(at);
    var adapter = new NamedAdapter(names.substring(colon + 1), path);
    var all = Stream.concat(one.adapters().stream(), Stream.of(adapter)).toList();
    served.set(at, new ServedModel(one.name(), one.path(), all, one.mix()));
  }

  private void addMix(List<ServedModel> served, String given) throws IOException {
    int equals = Files.exists(Path.of(given)) ? -1 : given.indexOf('=');
    int at = index(served, given.substring(0, Math.max(0, equals)), "--mix", given);
    served.set(
        at, served.get(at).with(MixFile.read(Path.of(given.substring(Math.max(0, equals + 1))))));
  }

  /// @param name of the model, empty for the first
  private int index(List<ServedModel> served, String name, String flag, String given) {
    for (int i = 0; i < served.size(); i++) {
      if (name.isEmpty() || served.get(i).name().equals(name)) {
        return i;
      }
    }
    throw options.misuse(
        served.isEmpty()
            ? "%s '%s': no model is given that it could be of".formatted(flag, given)
            : "%s '%s': no model is called %s; there is %s"
                .formatted(
                    flag,
                    given,
                    name,
                    served.stream().map(ServedModel::name).collect(Collectors.joining(", "))));
  }
}
