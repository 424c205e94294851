package dev.fader.tune.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.data.DataException;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExampleSetTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

  @TempDir private Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void load() throws IOException {
    tokenizer = Tokens.bytes(folder);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private ExampleEncoder encoder(Optional<String> jinja) throws IOException {
    return new ExampleEncoder(
        new ExampleEncoder.Settings(
            tokenizer.vocabularySize(),
            Optional.of(tokenizer),
            jinja.isPresent()
                ? Optional.of(Tokens.template(folder, jinja.get()))
                : Optional.empty(),
            Optional.empty(),
            NOW));
  }

  @Test
  void countsAndFormats() throws IOException {
    var pairs = file("pairs.csv", "prompt,completion\nab,c\nabcdef,g\nab,cdefgh\n");
    var texts = file("texts.json", "[{\"text\": \"abc\"}]");
    var set = ExampleSet.read(List.of(pairs, texts), encoder(Optional.empty()), 5);
    assertEquals(
        List.of(pairs + ": prompts and completions, 3", texts + ": plain texts, 1"), set.formats());
    // "ab" "c" and the end; "ab" "cdef" of "cdefgh"; "abc" and the end.
    assertEquals(new ExampleSet.Counts(3, 3 + 5 + 3, 2 + 4 + 3, 1, 1), set.counts());
    assertEquals(
        List.of(
            "examples that are longer than the context of 5 and lose their end: 1 of 3",
            "examples left out because nothing is learned within the context of 5: 1"),
        set.notices());
    assertEquals(4, set.examples().get(1).place().line());
    assertEquals(
        "none of the 1 examples has anything to learn within its first 2 tokens; choose a longer `context`",
        assertThrows(
                DataException.class,
                () ->
                    ExampleSet.read(
                        List.of(file("b.csv", "prompt,completion\nab,c\n")),
                        encoder(Optional.empty()),
                        1))
            .getMessage());
  }

  @Test
  void endsThatAreNeverLearnedAreANotice() throws IOException {
    var pairs = List.of(file("a.csv", "prompt,completion\nab,c\n"));
    assertEquals(
        List.of(), ExampleSet.read(pairs, encoder(Optional.of(Tokens.CHAT_ML)), 100).notices());
    var withoutEnd =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    assertEquals(
        List.of(
            "no example teaches the model to stop: none of its tokens to learn ends a text or turn (<|endoftext|>, <|im_end|>); check the chat template"),
        ExampleSet.read(pairs, encoder(Optional.of(withoutEnd)), 100).notices());
    // Token ids are as they are.
    var ids = List.of(file("ids.jsonl", "{\"ids\": [1, 2, 3]}"));
    assertEquals(List.of(), ExampleSet.read(ids, encoder(Optional.empty()), 100).notices());
  }

  @Test
  void thoughtsThatTheTemplateLeavesOutAreANotice() throws IOException {
    var file =
        file(
            "a.jsonl",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"?\"}, {\"role\": \"assistant\", \"content\": \"!\", \"thinking\": \"\\nHm.\\nYes.\"}]}");
    assertEquals(
        List.of(
            "examples with a thought before the last answer that the chat template leaves out: 1; choose a template that writes thoughts, or the model learns to answer without"),
        ExampleSet.read(List.of(file), encoder(Optional.of(Tokens.CHAT_ML)), 100).notices());
    var thinking =
        "{% for m in messages %}{{ '<|im_start|>' + m.role }}{{ m.reasoning_content | trim if m.reasoning_content }}{{ m.content + '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant' }}{% endif %}";
    assertEquals(
        List.of(), ExampleSet.read(List.of(file), encoder(Optional.of(thinking)), 100).notices());
  }
}
