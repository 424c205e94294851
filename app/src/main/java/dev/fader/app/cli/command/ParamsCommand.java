package dev.fader.app.cli.command;

import dev.fader.app.cli.option.CountedModel;
import dev.fader.app.cli.option.ModelLookup;
import dev.fader.app.cli.report.ParamsReport;
import dev.fader.inspect.count.TuningMethod;
import dev.fader.model.adapter.AdapterDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader params`: what a model is made of.
@Command(
    name = "params",
    description = "Counts the parameters of models, of published ones by name too.")
public final class ParamsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", arity = "0..*", description = ModelLookup.DESCRIPTION)
  private List<String> models = List.of();

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "As a tree of the parts of the names, down to this depth.")
  private @Nullable Integer depth;

  @Option(
      names = "--trainable",
      paramLabel = "METHOD",
      description =
          "What a method of tuning would train: lora:r=8,targets=q_proj+v_proj, dora, adalora, ia3,"
              + " vera, loha, lokr, oft, prompt:tokens=20, prefix, layernorm, bias, tokens:tokens=3"
              + " or full:train=PATTERN,freeze=PATTERN.")
  private @Nullable String trainable;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "What an adapter that exists, as tune or peft writes it, trains of the model.")
  private @Nullable Path adapter;

  @Option(names = "--list", description = "The catalogue: names, sizes, dates and sources.")
  private boolean list;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  ParamsCommand() {}

  @Override
  public Integer call() throws IOException {
    var lookup = new ModelLookup(spec);
    var report = new ParamsReport(spec.commandLine().getOut());
    if (list) {
      if (!models.isEmpty()) {
        throw misuse("--list names all models: give it alone");
      }
      report.list(lookup.catalogue(), json);
      return 0;
    }
    if (models.isEmpty()) {
      throw misuse("no model given: name one, or see fader params --list");
    }
    var counted = new ArrayList<CountedModel>();
    for (var model : models) {
      counted.add(counted(lookup.find(model)));
    }
    if (json) {
      report.json(counted);
    } else if (depth != null) {
      report.trees(counted, depth().getAsInt());
    } else {
      report.tables(counted);
    }
    return 0;
  }

  private OptionalInt depth() {
    if (depth == null || depth < 1) {
      throw misuse("--depth is %s, and must be at least 1".formatted(depth));
    }
    return OptionalInt.of(depth);
  }

  private CountedModel counted(ModelLookup.Found found) throws IOException {
    if (trainable == null && adapter == null) {
      return new CountedModel(found, Optional.empty());
    }
    String flag = trainable == null ? "--adapter" : "--trainable";
    var config = found.facts().flatMap(facts -> facts.config());
    if (config.isEmpty()) {
      throw misuse(
          "%s needs to know what %s is, and only its tensors or its size are known"
              .formatted(flag, found.name()));
    }
    try {
      var method = method();
      return new CountedModel(
          found,
          Optional.of(
              new CountedModel.Tuned(
                  trainable == null ? String.valueOf(adapter) : trainable,
                  method.trainable(config.get()),
                  method.byModule(config.get()))));
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(
          spec.commandLine(), "%s %s".formatted(flag, wrong.getMessage()), wrong);
    } catch (ArithmeticException overflow) {
      throw misuse("%s '%s': that is more than can be counted".formatted(flag, trainable));
    }
  }

  private TuningMethod method() throws IOException {
    if (trainable != null && adapter != null) {
      throw misuse("--trainable and --adapter both say what is trained: choose one of them");
    }
    return trainable != null
        ? TuningMethod.parse(trainable)
        : new TuningMethod.Described(
            AdapterDirectory.readConfig(Optional.ofNullable(adapter).orElseThrow()));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
