package dev.fader.app.cli.command;

import dev.fader.GenerationOptions;
import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.SamplingOptions;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.SpeedOptions;
import dev.fader.app.cli.option.TemplateOptions;
import dev.fader.app.cli.option.TextInput;
import dev.fader.app.cli.report.GenerationReport;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.generate.ChatSession;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Generation;
import dev.fader.generate.TextDelimiters;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader run`: talks with a model.
@Command(
    name = "run",
    aliases = "chat",
    customSynopsis = "fader run MODEL [QUESTION] [OPTION...]",
    description =
        "Talks with a model: at a terminal until /bye, or one answer to a question that is given"
            + " or comes through a pipe. Temperature 0.8, top-k 40, top-p 0.95 and"
            + " min-p 0.05, if nothing else is said.")
public final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "QUESTION",
      description = "Answers this question and exits; without it, or a pipe, a conversation.")
  private @Nullable String question;

  @Option(names = "--system", paramLabel = "TEXT", description = "System prompt.")
  private String system = "";

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Context length in tokens; default: the model's, at most 4096.")
  private @Nullable Integer context;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE.jinja",
      description = "A chat template in place of the model's own.")
  private @Nullable Path templateFile;

  @Option(
      names = "--verbose",
      description = "Reports tokens per second and how much of the context is used.")
  private boolean verbose;

  @Option(
      names = "--json",
      description = "For one answer: one JSON object on standard output and nothing else.")
  private boolean json;

  @Mixin private TemplateOptions templateOptions;
  @Mixin private SamplingOptions sampling;
  @Mixin private SpeedOptions speed;
  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  RunCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    if (json && question == null && WrittenText.isAtTerminal()) {
      throw new ParameterException(
          spec.commandLine(), "--json is for one answer: give a QUESTION, or put one into a pipe");
    }
    var settings = sampling.settings(GenerationOptions.OF_ANSWER);
    try (var engine = engineOptions.open();
        var base = speed.open(model, engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      var tokenizer =
          opened
              .tokenizer()
              .orElseThrow(
                  () -> new IOException(opened.path() + " has no tokenizer, which a chat needs"));
      var template = template(opened);
      int capacity = capacity(opened);
      try (var session = sessions.open(opened, engine, capacity, DType.FLOAT16);
          var drafting = speed.open(engine, capacity, sessions)) {
        var chat = new ChatSession(session, tokenizer, template, drafting.drafter());
        chat.replaceConversation(chat.conversation().withSystem(system));
        var fitted = sampling.fitted(settings, opened, TextDelimiters.answerEnds(opened));
        return talk(chat, new ChatSettings(fitted, verbose));
      }
    }
  }

  private Optional<ChatTemplate> template(LoadedModel opened) throws IOException {
    var template =
        templateFile == null
            ? ChatTemplate.of(opened)
            : Optional.of(ChatTemplate.read(templateFile, opened.path()));
    if (template.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "fader: %s has no chat template: it completes each text, without a history"
                  .formatted(opened.path()));
    }
    return template.map(templateOptions::applyTo);
  }

  private int capacity(LoadedModel opened) {
    int most = opened.config().context();
    if (context == null) {
      return Math.min(most, GenerationOptions.CHAT_CONTEXT);
    }
    if (context < 1 || context > most) {
      throw new ParameterException(
          spec.commandLine(),
          "--context is %d, and must be from 1 to the model's %d".formatted(context, most));
    }
    return context;
  }

  private int talk(ChatSession chat, ChatSettings settings) throws IOException {
    if (question != null) {
      return answer(chat, question, settings);
    }
    if (!WrittenText.isAtTerminal()) {
      var piped = TextInput.standardInput();
      if (piped.isBlank()) {
        throw new ParameterException(
            spec.commandLine(), "there is no question: give one, or put one into the pipe");
      }
      return answer(chat, piped.strip(), settings);
    }
    try (var terminal = TerminalBuilder.builder().system(true).dumb(true).build()) {
      var reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .appName("fader")
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .variable(LineReader.HISTORY_FILE, history())
              .build();
      new ChatLoop(reader, chat, settings).run();
    }
    return 0;
  }

  /// The lines that were typed, for the next time.
  private static Path history() throws IOException {
    var folder = Caches.state();
    Files.createDirectories(folder);
    return folder.resolve("history");
  }

  private int answer(ChatSession chat, String asked, ChatSettings settings) {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    Generation generation;
    try (var _ = new Interrupts(chat::interrupt)) {
      generation = chat.ask(asked, settings.generation(), json ? text -> {} : WrittenText.to(out));
    }
    if (json) {
      out.println(Json.text(Json.of(generation)));
    } else if (!generation.text().endsWith("\n")) {
      out.println();
    }
    out.flush();
    if (generation.stopReason() == Generation.StopReason.CONTEXT) {
      err.println(
          "fader: stopped at the end of the context of %d tokens".formatted(chat.capacity()));
    }
    if (settings.isVerbose()) {
      err.println(
          "%s; context %d of %d".formatted(rates(generation), chat.used(), chat.capacity()));
    }
    return generation.stopReason() == Generation.StopReason.INTERRUPTED ? Interrupts.EXIT_CODE : 0;
  }

  /// How many tokens were read and written, and how fast.
  static String rates(Generation generation) {
    return GenerationReport.rates(generation, true);
  }
}
