package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A model that was trained here, as a GGUF file and back.
final class ConvertCommandTest {
  @TempDir Path directory;

  private Path trained() throws IOException {
    Path text = directory.resolve("text.txt");
    Files.writeString(text, "the cat sat on the mat and the dog ran to the man. ".repeat(80));
    Path model = directory.resolve("model");
    var run = CommandLineRun.train(text, model, "--steps", "3", "--tokenizer", "bpe:300");
    assertEquals(0, run.exit(), run.err());
    return model;
  }

  private static CommandLineRun convert(Path in, Path out, String... more) {
    var arguments = new String[3 + more.length];
    arguments[0] = "convert";
    arguments[1] = in.toString();
    arguments[2] = out.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return CommandLineRun.of(arguments);
  }

  @Test
  void trainedModelRoundTrips() throws IOException {
    Path model = trained();
    Path gguf = directory.resolve("model.gguf");
    var there = convert(model, gguf);
    assertEquals(0, there.exit(), there.err());
    assertEquals("", there.out());
    assertTrue(there.err().contains("model.gguf: qwen3, "), there.err());
    Path back = directory.resolve("back");
    var run = convert(gguf, back, "--json");
    assertEquals(0, run.exit(), run.err());
    var summary = JsonMapper.shared().readTree(run.out());
    assertEquals("qwen3", summary.get("family").stringValue());
    assertEquals(back.toString(), summary.get("out").stringValue());
    assertArrayEquals(tensors(model), tensors(back));
  }

  /// The tensors of a directory, names and numbers, without what training noted of its model.
  private static byte[] tensors(Path directory) throws IOException {
    byte[] file = Files.readAllBytes(directory.resolve("model.safetensors"));
    int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    var names =
        (ObjectNode)
            JsonMapper.shared().readTree(new String(file, 8, header, StandardCharsets.UTF_8));
    names.remove("__metadata__");
    var all = new ByteArrayOutputStream();
    all.writeBytes(names.toString().getBytes(StandardCharsets.UTF_8));
    all.write(file, 8 + header, file.length - 8 - header);
    return all.toByteArray();
  }

  @Test
  void existingOutputNeedsOverwrite() throws IOException {
    Path model = trained();
    Path gguf = Files.writeString(directory.resolve("precious.gguf"), "precious");
    convert(model, gguf)
        .expect(2, gguf + " already exists: replace it (--overwrite) or choose another OUT");
    assertEquals("precious", Files.readString(gguf));
    assertEquals(0, convert(model, gguf, "--overwrite").exit());
    assertFalse(Files.size(gguf) == 8);
  }

  @Test
  void unconvertibleIsOneLine() throws IOException {
    Path none = directory.resolve("none");
    convert(none, directory.resolve("x.gguf")).expect(1, none + ": no such file or directory");
    Path text = Files.writeString(directory.resolve("text"), "hello");
    convert(text, directory.resolve("x"))
        .expect(1, text + ": is not a model: name a model directory or a .gguf file");
    Path folder = Files.createDirectory(directory.resolve("folder"));
    convert(folder, directory.resolve("x"))
        .expect(
            2,
            folder + " is a directory and becomes a GGUF file: give OUT a name that ends in .gguf");
    assertEquals(2, convert(folder, directory.resolve("x.gguf"), "--type", "Q4_0").exit());
    assertFalse(Files.exists(directory.resolve("x.gguf")));
  }
}
