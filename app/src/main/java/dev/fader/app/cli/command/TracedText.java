package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.NamedToken;
import dev.fader.app.cli.option.PromptOptions;
import dev.fader.app.cli.report.TokenNames;
import dev.fader.app.view.Json;
import dev.fader.app.view.TraceView;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// A view of a text going through a model.
abstract class TracedText implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "The text that is read; it may also come through a pipe.")
  private @Nullable String text;

  @Mixin private PromptOptions prompt;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  /// What is looked at.
  ///
  /// @param ids the text
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Subject(
      LoadedModel opened, Engine engine, TracedModel model, int[] ids, TokenNames names) {
    int last() {
      return ids.length - 1;
    }

    TraceView view() {
      return new TraceView(names.pieces());
    }
  }

  /// Shows a view, or gives it as an object.
  abstract View look(Subject subject) throws IOException;

  /// The same for programs and for people.
  interface View {
    Map<String, Object> object();

    void show(PrintWriter out);
  }

  @Override
  public final Integer call() throws IOException {
    check();
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      int[] ids = prompt.tokens(opened, text);
      var names = new TokenNames(opened.tokenizer());
      var traced = new TracedModel(opened, engine);
      var view = look(new Subject(opened, engine, traced, ids, names));
      var out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.text(view.object()));
      } else {
        view.show(out);
      }
    }
    return 0;
  }

  /// Says what is wrong with the options before anything is opened.
  void check() {}

  CommandSpec spec() {
    return spec;
  }

  /// The tokens of another text that an option gives: as text, or as `ids:` and token ids.
  int[] tokens(Subject subject, String option, String given) {
    return NamedToken.text(spec, subject.opened, option, given);
  }

  /// Refuses a layer or a head that there is not.
  void requireNumber(String option, int number, int count) {
    if (number < 0 || number >= count) {
      throw misuse("%s is %d, and must be from 0 to %d".formatted(option, number, count - 1));
    }
  }

  /// A position of the text: the last if none is given.
  int position(Subject subject, OptionalInt given) {
    int count = subject.ids.length;
    int position = given.orElse(count - 1);
    if (position < 0 || position >= count) {
      throw misuse(
          "position %d is outside the %d tokens: give one from 0 to %d"
              .formatted(position, count, count - 1));
    }
    return position;
  }

  ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  void requirePositive(String option, int number) {
    if (number < 1) {
      throw misuse("%s is %d, and must be at least 1".formatted(option, number));
    }
  }
}
