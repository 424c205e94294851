package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class QuantizeCommandTest {
  @TempDir private Path folder;
  private Path in = Path.of("");
  private Path out = Path.of("");

  /// A llama of one layer, at random.
  @BeforeEach
  void writeModel() throws IOException {
    in = folder.resolve("in.gguf");
    out = folder.resolve("out.gguf");
    var random = new Random(13);
    try (var arena = TensorMemory.unlimited().open("test")) {
      var tensors = new ArrayList<TensorContent>();
      long[][] shapes = {
        {64, 32}, {32}, {32, 32}, {32, 32}, {32, 32}, {32, 32}, {32}, {64, 32}, {64, 32}, {32, 64},
        {32}
      };
      String[] names = {
        "token_embd",
        "blk.0.attn_norm",
        "blk.0.attn_q",
        "blk.0.attn_k",
        "blk.0.attn_v",
        "blk.0.attn_output",
        "blk.0.ffn_norm",
        "blk.0.ffn_gate",
        "blk.0.ffn_up",
        "blk.0.ffn_down",
        "output_norm"
      };
      for (int i = 0; i < names.length; i++) {
        var tensor = arena.floats(shapes[i]);
        for (long k = 0; k < tensor.elements(); k++) {
          tensor.set(k, shapes[i].length == 1 ? 1 : (float) random.nextGaussian() / 5);
        }
        tensors.add(TensorContent.of(names[i] + ".weight", tensor));
      }
      var fields =
          new GgufMetadataBuilder()
              .text("general.architecture", "llama")
              .uint32("llama.block_count", 1)
              .uint32("llama.context_length", 16)
              .uint32("llama.embedding_length", 32)
              .uint32("llama.feed_forward_length", 64)
              .uint32("llama.attention.head_count", 2)
              .uint32("llama.vocab_size", 64)
              .float32("llama.attention.layer_norm_rms_epsilon", 1e-5);
      DurableFile.write(in, new GgufContent(fields, tensors));
    }
  }

  private CommandLineRun quantize(String... more) {
    var arguments = new ArrayList<>(java.util.List.of("quantize", in.toString(), out.toString()));
    arguments.addAll(java.util.List.of(more));
    arguments.addAll(java.util.List.of("--threads", "1"));
    return CommandLineRun.of(arguments.toArray(String[]::new));
  }

  @Test
  void errorAndPerplexityAreReported() throws IOException {
    var data = Files.writeString(folder.resolve("ids.jsonl"), "{\"ids\":" + ids() + "}\n");
    var run = quantize("--type", "Q8_0", "--json", "--eval-data", data.toString());
    assertEquals(0, run.exit(), run.err());
    var json = JsonMapper.shared().readTree(run.out());
    assertEquals("Q8_0", json.get("type").asString());
    assertEquals(11, json.get("tensors").size());
    // Rows of the small norms stay as they are.
    assertEquals("F32", json.get("tensors").get(1).get("to").asString());
    assertEquals(0, json.get("tensors").get(1).get("rmse").asDouble());
    assertEquals("Q8_0", json.get("tensors").get(0).get("to").asString());
    // Steps of a 127th of the largest of 32 numbers, which is about 2 of their sigma of 0.2: a
    // uniform error within half a step has a root mean square of step / sqrt(12).
    assertEquals(0.2 * 2 / 127 / Math.sqrt(12), json.get("rmse").asDouble(), 3e-4);
    double before = json.get("perplexity").get("before").asDouble();
    double after = json.get("perplexity").get("after").asDouble();
    assertTrue(before > 1 && Math.abs(after / before - 1) < 0.02, before + " " + after);
  }

  private static String ids() {
    return new Random(14).ints(100, 0, 64).boxed().toList().toString();
  }

  @Test
  void tableListsEachMatrix() {
    var run = quantize("--type", "Q4_K_M");
    assertEquals(0, run.exit(), run.err());
    // Rows of 32 are no blocks of 256: the types that llama.cpp falls back to.
    assertTrue(
        run.out()
            .lines()
            .anyMatch(line -> line.matches("blk\\.0\\.attn_q\\.weight +F32 +Q5_0 +.*")),
        run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("token_embd\\.weight +F32 +Q8_0 +.*")),
        run.out());
    assertFalse(run.out().contains("attn_norm"), run.out());
    assertTrue(run.out().contains("bits per weight"), run.out());
  }

  @Test
  void directoryQuantisesLikeItsGguf() throws IOException {
    var directory = folder.resolve("directory");
    var file = folder.resolve("again.gguf");
    assertEquals(0, CommandLineRun.of("convert", in.toString(), directory.toString()).exit());
    assertEquals(0, CommandLineRun.of("convert", directory.toString(), file.toString()).exit());
    var fromFile = folder.resolve("from-file.gguf");
    var fromDirectory = folder.resolve("from-directory.gguf");
    assertEquals(0, quantize(file, fromFile));
    assertEquals(0, quantize(directory, fromDirectory));
    assertEquals(tensors(fromFile), tensors(fromDirectory));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(), files.filter(path -> path.toString().contains(".fader-")).toList());
    }
  }

  private static int quantize(Path from, Path to) {
    return CommandLineRun.of("quantize", from.toString(), to.toString(), "--type", "Q8_0").exit();
  }

  private static List<String> tensors(Path file) throws IOException {
    try (var gguf = GgufFile.open(file)) {
      return gguf.tensors().stream()
          .map(tensor ->
              tensor.name()
                  + tensor.type()
                  + Arrays.toString(tensor.data().toArray(ValueLayout.JAVA_BYTE)))
          .toList();
    }
  }

  @Test
  void existingOutputNeedsOverwrite() throws IOException {
    Files.writeString(out, "precious");
    quantize("--type", "Q8_0")
        .expect(2, out + " already exists: replace it (--overwrite) or choose another OUT");
    assertEquals("precious", Files.readString(out));
    assertEquals(0, quantize("--type", "Q8_0", "--overwrite").exit());
    assertTrue(Files.size(out) > 8);
  }

  @Test
  void unreadableDataIsRefusedFirst() throws IOException {
    var none = folder.resolve("none.txt").toString();
    var run = quantize("--type", "Q8_0", "--eval-data", none);
    assertEquals(1, run.exit());
    assertTrue(run.err().contains(none), run.err());
    assertFalse(Files.exists(out));
    var text = Files.writeString(folder.resolve("text.txt"), "a text and no ids");
    quantize("--type", "Q8_0", "--eval-data", text.toString())
        .expect(1, in + " has no tokenizer, so it cannot read text: give a .jsonl file with ids");
    assertFalse(Files.exists(out));
  }

  @Test
  void quantisedModelIsRefused() {
    assertEquals(0, quantize("--type", "Q8_0").exit());
    var again = folder.resolve("again.gguf");
    var run = CommandLineRun.of("quantize", out.toString(), again.toString(), "--type", "Q4_0");
    run.expect(
        1,
        out
            + ": tensor 'blk.0.attn_q.weight': is Q8_0 already, and quantising it again as Q4_0"
            + " would add to its error: start from a file in F32, F16 or BF16, or from a directory"
            + " that this one was converted to");
    assertFalse(Files.exists(again));
    var directory = folder.resolve("plain");
    assertEquals(0, CommandLineRun.of("convert", out.toString(), directory.toString()).exit());
    assertEquals(
        0,
        CommandLineRun.of("quantize", directory.toString(), again.toString(), "--type", "Q4_0")
            .exit());
  }

  @Test
  void misuseIsOneLine() throws IOException {
    assertEquals(2, quantize("--type", "Q9").exit());
    var missing = CommandLineRun.of("quantize", in.toString(), out.toString());
    assertEquals(2, missing.exit());
    var same = CommandLineRun.of("quantize", in.toString(), in.toString(), "--type", "Q8_0");
    assertEquals("fader: IN and OUT are the same file\n", same.err());
    var name = CommandLineRun.of("quantize", in.toString(), "x.bin", "--type", "Q8_0");
    assertEquals("fader: OUT is x.bin, and must end in .gguf\n", name.err());
    Files.writeString(in, "nothing");
    assertEquals(
        "fader: " + in + " is neither a .gguf file nor a model directory\n",
        quantize("--type", "Q8_0").err());
    assertFalse(Files.exists(out));
  }
}
