package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class ClassifyCommandTest {
  private static final Path LLAMA = CommandLineRun.golden("models/llama");
  private static final Path ADAPTER = CommandLineRun.golden("adapters/seq-cls-llama");

  @Test
  void logitsMatchPeft() {
    var golden = JsonMapper.shared().readTree(ADAPTER.resolve("golden.json").toFile());
    var ids = new ArrayList<String>();
    golden.get("input_ids").forEach(id -> ids.add(id.asString()));
    var found =
        CommandLineRun.ofLine(
                "classify %s --adapter %s --ids %s --json --threads 1",
                LLAMA, ADAPTER, String.join(",", ids))
            .json();
    double sum = 0;
    for (int label = 0; label < 3; label++) {
      // float32 on both sides, through a few layers of numbers of about 1
      assertEquals(
          golden.get("class_logits").get(label).doubleValue(),
          found.get("logits").get(label).doubleValue(),
          1e-4);
      sum += found.get("probabilities").get("LABEL_" + label).doubleValue();
    }
    assertEquals(1, sum, 1e-6);
    assertEquals("LABEL_0", found.get("label").stringValue());
    var words =
        CommandLineRun.ofLine(
            "classify %s --adapter %s --ids %s --threads 1", LLAMA, ADAPTER, String.join(",", ids));
    assertTrue(words.out().matches("LABEL_0 3\\d\\.\\d %  \\(LABEL_1 .* %\\)\n"), words.out());
  }

  @Test
  void wrongUseIsOneLine() {
    CommandLineRun.ofLine("classify %s --adapter %s", LLAMA, ADAPTER)
        .expect(2, "there is nothing to classify: give --text, --file or --ids");
    CommandLineRun.ofLine("classify %s --adapter %s --ids 5,900", LLAMA, ADAPTER)
        .expect(2, "--ids 900 is not in the vocabulary of 384: give ids from 0 to 383");
    CommandLineRun.ofLine("classify %s --adapter %s --text sun", LLAMA, ADAPTER)
        .expect(2, LLAMA + " has no tokenizer, so it cannot read text: give --ids");
    var lora = CommandLineRun.golden("adapters/lora-qv");
    CommandLineRun.ofLine("classify %s --adapter %s --ids 5", LLAMA, lora)
        .expect(1, lora + " has no classification head: tune one with texts that have labels");
  }
}
