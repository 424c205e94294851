package dev.fader.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.LanguageModel;
import dev.fader.ModelOptions;
import dev.fader.Trainer;
import dev.fader.app.cli.Fader;
import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.TokenizerChoice;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/// A model that has learned by heart what LangChain4j's tests ask, by `fader tune`. It knows
/// nothing else.
final class ToyModel {
  /// One thread: the other core is for the other JVM that runs tests.
  private static final ModelOptions OPTIONS = new ModelOptions(1, 1L << 30);

  private ToyModel() {}

  /// Opens it. The first of the JVMs that test at the same time makes it.
  static LanguageModel open() throws IOException {
    var folder = Path.of("target", "toy");
    Files.createDirectories(folder);
    try (var channel =
            FileChannel.open(
                folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      // Another set of dialogues needs another model, in a folder that was not cleaned, too.
      var dialogues = resource("dialogues.jsonl");
      var learned = folder.resolve("learned.jsonl");
      if (!Files.exists(learned) || Files.mismatch(dialogues, learned) != -1) {
        make(folder);
        Files.copy(dialogues, learned, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return LanguageModel.open(folder.resolve("tuned"), OPTIONS);
  }

  private static void make(Path folder) throws IOException {
    var dialogues = resource("dialogues.jsonl");
    // What it begins with knows the words, and hardly more.
    Trainer.on(texts(dialogues))
        .options(OPTIONS)
        .steps(10)
        .depth(2)
        .tokenizer(new TokenizerChoice.BytePairs(768))
        .with(Hyperparameter.CONTEXT, 512)
        .with(Hyperparameter.BATCH, 4)
        .with(Hyperparameter.SEED, 7)
        .saveTo(folder.resolve("base"))
        .train()
        .close();
    tune(
        List.of("tune", folder.resolve("base").toString()),
        List.of("--data", dialogues.toString(), "--val-fraction", "0", "--loss", "last"),
        List.of("--chat-template", resource("chat_template.jinja").toString()),
        List.of("--train", "all", "--optimizer", "muon", "--lr", "1e-2", "--epochs", "24"),
        List.of("--batch", "4", "--seed", "1", "--keep-last"),
        List.of("--threads", "1", "--out", folder.resolve("tuned").toString(), "--overwrite"));
  }

  private static List<String> texts(Path dialogues) throws IOException {
    var template = ChatTemplate.read(resource("chat_template.jinja"));
    var json = new JsonMapper();
    var texts = new ArrayList<String>();
    for (var line : Files.readAllLines(dialogues)) {
      var dialogue = Conversation.of(json.readTree(line)).withGenerationPrompt(false);
      texts.add(template.render(dialogue, LocalDateTime.MIN).text());
    }
    return texts;
  }

  private static void tune(List<?>... arguments) {
    var all = List.of(arguments).stream().flatMap(List::stream).toArray(String[]::new);
    var err = new StringWriter();
    int exitCode = Fader.run(new PrintWriter(new StringWriter()), new PrintWriter(err), all);
    assertEquals(0, exitCode, err::toString);
  }

  private static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(ToyModel.class.getResource(name)).toURI());
    } catch (URISyntaxException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /// What it has learned it says if no chance is involved.
  static FaderChatRequestParameters.Builder greedy() {
    return FaderChatRequestParameters.builder().temperature(0.0);
  }
}
