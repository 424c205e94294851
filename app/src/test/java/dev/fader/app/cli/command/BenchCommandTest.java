package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  private static final String TINY = "layers=1,dim=256,heads=4,ffn=256,vocab=31,context=64";

  @Test
  void rowsForPrograms() {
    var json =
        CommandLineRun.ofLine(
                "bench --shape %s --type Q4_0 --prompt 13 --generate 5 --batch 1,3 --context 0,20 --repeat 2"
                    + " --warm-up 0.1 --threads 1 --json",
                TINY)
            .json();
    var rows = json.required("rows");
    assertEquals(6, rows.size());
    var first = rows.get(0);
    assertEquals("prompt", first.required("test").stringValue());
    assertEquals(13, first.required("tokens").intValue());
    assertEquals(1, first.required("batch").intValue());
    assertEquals(0, first.required("context").intValue());
    var last = rows.get(5);
    assertEquals("generate", last.required("test").stringValue());
    assertEquals(5, last.required("tokens").intValue());
    assertEquals(3, last.required("batch").intValue());
    assertEquals(20, last.required("context").intValue());
    for (var row : rows) {
      for (var field : new String[] {"tokens_per_second", "memory_share", "product_share"}) {
        assertTrue(row.required(field).doubleValue() > 0, row::toString);
      }
      assertTrue(row.required("spread").doubleValue() >= 0, row::toString);
    }
    assertEquals(TINY + ", random, Q4_0", json.required("model").stringValue());
  }

  @Test
  void linesForPeople() {
    var run =
        CommandLineRun.ofLine(
            "bench --shape %s --type bf16 --prompt 7 --generate 3 --repeat 1 --warm-up 0.1 --threads 1",
            TINY);
    assertEquals(0, run.exit(), run.err());
    var lines = run.out().lines().toList();
    assertEquals(TINY + ", random, BFLOAT16", lines.getFirst());
    assertTrue(lines.get(2).startsWith("memory 10.0 GB/s, products 10.0 GFLOP/s"), lines.get(2));
    assertTrue(lines.get(5).matches("prompt 7 +1 +0 +[0-9.]+ ± +0.00 +\\d+ % +\\d+ %"), run.out());
    assertTrue(lines.get(6).startsWith("generate 3 "), run.out());
    assertEquals(7, lines.size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bench | name a MODEL, or give --shape for a random one",
        "bench x.gguf --shape gpt-2 | a MODEL and --shape are two models: give one of them",
        "bench --shape gpt-2 --cache-type q4_0 | --cache-type 'q4_0' is not a type of keys and values:"
            + " choose f16, bf16, f32 or q8_0",
        "bench x.gguf --type q4_0 | --type is how the weights of --shape are stored: a MODEL has its own",
        "bench --shape gpt-2 --prompt -1 | --prompt is -1, and must be from 0 to 16777216",
        "bench --shape gpt-2 --batch 0 | --batch is 0, and must be from 1 to 1024",
        "bench --shape gpt-2 --batch 1025 | --batch is 1025, and must be from 1 to 1024",
        "bench --shape gpt-2 --repeat 0 | --repeat is 0, and must be from 1 to 16777216",
        "bench --shape gpt-2 --warm-up -1 | --warm-up is -1.0, and must be from 0 to 3600",
        "bench --shape gpt-2 --warm-up NaN | --warm-up is NaN, and must be from 0 to 3600",
        "bench --shape gpt-2 --prompt 0 --generate 0 | there is nothing to measure: give --prompt or"
            + " --generate more than 0",
        "bench --shape gpt-2 --type f16 --context 1000 | a text of 1128 tokens is more than the"
            + " model's context of 1024: give less --prompt or --context",
      })
  void wrongUseIsOneLine(String line, String message) {
    CommandLineRun.ofLine(line.strip()).expect(2, message);
  }

  @Test
  void whatTheShapeCannotBeStoredAsIsRefused() {
    CommandLineRun.ofLine("bench --shape gpt-2 --type q8_0")
        .expect(
            1,
            "the family 'gpt2' stores its matrices by columns, which Q8_0 has no blocks for: choose"
                + " f32, f16 or bf16");
  }

  @Test
  void whatIsBeyondMemoryIsRefused() {
    var run = CommandLineRun.ofLine("bench --shape llama-3-405b --type f32 --prompt 1");
    assertEquals(1, run.exit());
    assertTrue(
        run.err().matches("fader: out of memory: random weights need [\\d,]+ more bytes, .*\n"),
        run.err());
  }
}
