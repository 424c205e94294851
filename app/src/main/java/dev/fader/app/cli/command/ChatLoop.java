package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.Failures;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.generate.ChatSession;
import dev.fader.generate.ContextFullException;
import dev.fader.generate.Conversation;
import dev.fader.generate.Generation;
import dev.fader.grammar.GrammarException;
import dev.fader.template.TemplateException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.UserInterruptException;
import org.jline.utils.Signals;

/// A conversation at a terminal, until `/bye` or the end of the input.
final class ChatLoop {
  private static final String QUOTES = "\"\"\"";

  private static final String HELP =
      """
      /system [TEXT]      sets the system prompt; without a text, clears it
      /set NAME VALUE     one of: %s
      /show               settings, context and system prompt
      /save FILE          writes the conversation as JSON
      /load FILE          goes on from a conversation
      /clear              forgets what was said
      /bye                ends (so does Ctrl-D)
      \"""                 begins a text of several lines, and ends it
      Ctrl-C              stops the answer
      """
          .formatted(ChatSettings.NAMES);

  private final LineReader reader;
  private final ChatSession chat;
  private final ChatSettings settings;
  private final PrintWriter out;

  ChatLoop(LineReader reader, ChatSession chat, ChatSettings settings) {
    this.reader = reader;
    this.chat = chat;
    this.settings = settings;
    this.out = reader.getTerminal().writer();
  }

  void run() {
    // A simple terminal makes a signal of Ctrl-C where others give it to the reader.
    var before = Signals.register("INT", () -> {});
    try {
      talk();
    } finally {
      Signals.unregister("INT", before);
    }
  }

  private void talk() {
    while (true) {
      try {
        var typed = reader.readLine(">>> ");
        boolean quoted = typed.startsWith(QUOTES); // and no command, whatever it begins with
        var line = quoted ? quoted(typed) : typed.strip();
        if (line.equals("/bye") && !quoted) {
          return;
        }
        if (!line.isBlank()) {
          accept(line, line.startsWith("/") && !quoted);
        }
      } catch (UserInterruptException interrupted) {
        say(interrupted.getPartialLine().isEmpty() ? "Ctrl-D or /bye ends" : "");
      } catch (EndOfFileException end) {
        return;
      }
    }
  }

  /// What stands between two `"""`, on one line or several.
  private String quoted(String line) {
    var text = new StringBuilder(line.substring(QUOTES.length()));
    while (!endsText(text)) {
      text.append(text.isEmpty() ? "" : "\n").append(reader.readLine("... "));
    }
    return text.substring(0, text.lastIndexOf(QUOTES)).strip();
  }

  private static boolean endsText(StringBuilder text) {
    return text.toString().stripTrailing().endsWith(QUOTES);
  }

  private void accept(String line, boolean isCommand) {
    try {
      if (isCommand) {
        command(line.split("\\s+", 2));
      } else {
        answer(line);
      }
    } catch (IOException
        | TemplateException
        | GrammarException
        | ContextFullException
        | IllegalArgumentException failed) {
      say(Failures.line(failed));
    }
  }

  private void command(String[] words) throws IOException {
    var rest = words.length == 1 ? "" : words[1].strip();
    switch (words[0]) {
      case "/help", "/?" -> out.print(HELP);
      case "/system" -> {
        chat.replaceConversation(chat.conversation().withSystem(rest));
        say(rest.isEmpty() ? "system prompt cleared" : "system prompt set");
      }
      case "/set" -> set(rest.split("\\s+"));
      case "/show" -> show();
      case "/save" -> save(file(words[0], rest));
      case "/load" -> load(file(words[0], rest));
      case "/clear" -> {
        chat.replaceConversation(chat.conversation().cleared());
        say("forgotten");
      }
      default -> say("unknown command %s; /help lists them".formatted(words[0]));
    }
    out.flush();
  }

  private void set(String[] words) {
    if (words.length != 2) {
      throw new IllegalArgumentException("/set takes a name and a value: /set temperature 0.5");
    }
    settings.set(words[0], words[1]);
    say("%s is %s".formatted(words[0], words[1]));
  }

  private void show() {
    settings.lines().forEach(out::println);
    out.println(context());
    out.println("messages     %d".formatted(chat.conversation().messages().size()));
    chat.conversation().system().ifPresent(text -> out.println("system       " + text));
  }

  private String context() {
    return String.format(Locale.ROOT, "context %d of %d", chat.used(), chat.capacity());
  }

  private static Path file(String command, String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name a file: %s talk.json".formatted(command));
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException wrong) {
      throw new IllegalArgumentException("'%s' is not a file name".formatted(name), wrong);
    }
  }

  private void save(Path file) throws IOException {
    var conversation = chat.conversation();
    DurableFile.write(file, FileContent.of(conversation.toJson() + "\n"));
    say("%d messages saved in %s".formatted(conversation.messages().size(), file));
  }

  private void load(Path file) throws IOException {
    var loaded = Conversation.read(file);
    chat.replaceConversation(loaded);
    say("%d messages loaded from %s".formatted(loaded.messages().size(), file));
  }

  private void answer(String question) {
    // Not by the terminal, which has no signals where it is a simple one.
    var before = Signals.register("INT", chat::interrupt);
    try {
      var generation = chat.ask(question, settings.generation(), new WrittenText(out, true));
      out.println();
      tell(generation);
    } finally {
      Signals.unregister("INT", before);
    }
  }

  private void tell(Generation generation) {
    switch (generation.stopReason()) {
      case INTERRUPTED -> say("(stopped)");
      case CONTEXT ->
          say(
              "(the context of %d tokens is full; /clear starts a new conversation)"
                  .formatted(chat.capacity()));
      case LENGTH, END_TOKEN, STOP_TEXT, GRAMMAR -> {}
    }
    if (settings.isVerbose()) {
      say(RunCommand.rates(generation) + "; " + context());
    }
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
