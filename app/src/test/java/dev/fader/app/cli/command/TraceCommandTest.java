package dev.fader.app.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the views are is held in the library; here, that the commands show them.
class TraceCommandTest {
  private final Path llama = CommandLineRun.golden("models/llama");
  private final Path mixtral = CommandLineRun.golden("families/mixtral");

  @TempDir private Path folder;

  /// A model that reads text: its tokens are bytes.
  private Path texts() throws IOException {
    var data = CommandLineRun.text(folder.resolve("data.txt"), 600);
    var model = folder.resolve("bytes");
    assertEquals(0, CommandLineRun.trainBytes(data, model, 16).exit());
    return model;
  }

  private static CommandLineRun trace(String view, Path model, String... more) {
    var all = new ArrayList<>(List.of("trace", view, model.toString(), "--threads", "1"));
    all.addAll(List.of(more));
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  private JsonNode golden() {
    return JsonMapper.shared().readTree(llama.resolve("golden.json").toFile());
  }

  private String goldenIds() {
    return golden().get("input_ids").toString().replaceAll("[\\[\\] ]", "");
  }

  /// The right logit of a token after the last position of the golden text.
  private double logit(int id) {
    var golden = golden();
    var positions = golden.get("logits_positions");
    assertEquals(
        golden.get("input_ids").size() - 1, positions.get(positions.size() - 1).intValue());
    return golden.get("logits").get(positions.size() - 1).get(id).doubleValue();
  }

  @Test
  void lensEndsWithTheRightLogits() {
    var json = trace("lens", llama, "--ids", goldenIds(), "--json", "--top", "4").json();
    var column = json.get("positions").get(0);
    assertEquals(4, column.get("layers").size());
    var last = column.get("layers").get(3);
    assertEquals(1, last.get("rank").intValue());
    assertEquals(4, last.get("top").size());
    for (var candidate : last.get("top")) {
      double expected = logit(candidate.get("id").intValue());
      assertEquals(expected, candidate.get("logit").doubleValue(), 1e-4);
    }
    var shown = trace("lens", llama, "--ids", "1,2,3", "--token", "id:7", "--positions", "0,2");
    assertEquals(0, shown.exit(), shown.err());
    assertEquals(12, shown.out().lines().count(), shown.out());
    assertTrue(
        shown.out().startsWith("after position 0, id:1: how far id:7 has come\n"), shown.out());
    assertTrue(shown.out().contains("\nembedding "), shown.out());
    assertTrue(shown.out().contains("\nlayer 2 "), shown.out());
  }

  @Test
  void attributionSumsToTheRightLogit() {
    var json = trace("attribution", llama, "--ids", goldenIds(), "--json").json();
    double expected = logit(json.get("token").get("id").intValue());
    assertEquals(expected, json.get("logit").doubleValue(), 1e-4);
    assertEquals(expected, json.get("sum").doubleValue(), 1e-4);
    double sum = 0;
    for (var part : json.get("parts")) {
      sum += part.get("logit").doubleValue();
    }
    assertEquals(expected, sum, 1e-4);
    var shown =
        trace("attribution", llama, "--ids", "1,2,3", "--token", "id:5", "--against", "id:6");
    assertTrue(shown.out().startsWith("logit of id:5 over id:6 after position 2: "), shown.out());
    assertEquals(13, shown.out().lines().count(), shown.out());
  }

  @Test
  void attentionOfEachTokenSumsToOne() throws IOException {
    var json =
        trace("attention", llama, "--ids", "1,2,3,4", "--layer", "1", "--head", "2", "--json")
            .json();
    assertEquals(4, json.get("weights").size());
    for (int t = 0; t < 4; t++) {
      double sum = json.get("sinks").get(t).doubleValue();
      assertEquals(t + 1, json.get("weights").get(t).size());
      for (var weight : json.get("weights").get(t)) {
        sum += weight.doubleValue();
      }
      assertEquals(1, sum, 1e-5);
    }
    var shown =
        trace("attention", texts(), "a cat", "--layer", "0", "--head", "0", "--position", "0");
    assertEquals(2, shown.out().lines().count(), shown.out());
    assertTrue(shown.out().contains("100.0%"), shown.out());
  }

  @Test
  void sensitivityAndAblationNameEveryPart() throws IOException {
    var sensitivity = trace("sensitivity", mixtral, "--ids", "1,2,3", "--json").json();
    var ablation = trace("ablate", mixtral, "--ids", "1,2,3", "--json").json();
    assertEquals(sensitivity.get("value").doubleValue(), ablation.get("value").doubleValue(), 1e-4);
    assertEquals(3, sensitivity.get("tokens").size());
    var kinds = new ArrayList<String>();
    sensitivity.get("gains").forEach(gain -> kinds.add(gain.get("kind").asString()));
    assertTrue(kinds.containsAll(List.of("layer", "attention", "head", "expert", "values")));
    assertEquals(
        kinds.stream().filter("head"::equals).count(),
        ablation
            .get("without")
            .valueStream()
            .filter(loss -> loss.get("kind").asString().equals("head"))
            .count());
    var texts = texts();
    var shown = trace("sensitivity", texts, "a cat sat", "--top", "2");
    assertEquals(6, shown.out().lines().count(), shown.out());
    assertTrue(shown.out().contains("\nwith a token, gradient times input:\n"), shown.out());
    for (var how : List.of(List.of("--by", "mean"), List.of("--other", "a mat sat"))) {
      var ablated = trace("ablate", texts, "a cat sat", how.get(0), how.get(1), "--top", "3");
      assertEquals(4, ablated.out().lines().count(), ablated.err() + ablated.out());
    }
  }

  @Test
  void patchingShowsShares() {
    var json = trace("patch", llama, "--ids", "1,2,3", "--from", "ids:1,5,3", "--json").json();
    assertEquals(3, json.get("values").size());
    assertEquals(3, json.get("values").get(0).size());
    // What stands before both texts is the same.
    assertEquals(
        json.get("target").doubleValue(), json.get("values").get(1).get(0).doubleValue(), 1e-5);
    var shown = trace("patch", llama, "--ids", "1,2,3", "--from", "ids:1,5,3", "--site", "heads");
    var heads = JsonMapper.shared().readTree(llama.resolve("config.json").toFile());
    assertEquals(
        3 + heads.get("num_attention_heads").intValue(), shown.out().lines().count(), shown.out());
    var alike = trace("patch", llama, "--ids", "1,2", "--from", "ids:1,2");
    assertTrue(
        alike.out().endsWith("both texts answer alike: there is no difference to find\n"),
        alike.out());
  }

  /// What stands behind the position is nothing that the prediction knows of.
  @Test
  void positionsEndTheText() {
    for (var view : List.of("ablate", "patch")) {
      var more = view.equals("patch") ? new String[] {"--from", "ids:4,5,6,2"} : new String[0];
      var whole =
          trace(view, llama, with(more, "--ids", "1,2,3,7", "--position", "2", "--json")).json();
      var less = view.equals("patch") ? new String[] {"--from", "ids:4,5,6"} : new String[0];
      assertEquals(trace(view, llama, with(less, "--ids", "1,2,3", "--json")).json(), whole);
    }
    trace("patch", llama, "--ids", "1,2,3", "--from", "ids:1", "--position", "1")
        .expect(
            2,
            "--from has 1 tokens, and none is left without the last 1 that stand behind"
                + " --position");
    trace("ablate", llama, "--ids", "1,2", "--position", "2")
        .expect(2, "position 2 is outside the 2 tokens: give one from 0 to 1");
  }

  /// Without strength nothing is steered, to the bit: the texts are the same.
  @Test
  void steeringWithoutStrengthWritesTheSame() throws IOException {
    var texts = texts();
    var arguments =
        new String[] {
          "a cat", "--more", "cat", "--less", "cab", "--max-tokens", "5", "--json", "--strength"
        };
    var off = trace("steer", texts, with(arguments, "0")).json();
    assertEquals(off.get("plain"), off.get("steered"));
    var on = trace("steer", texts, with(arguments, "1")).json();
    assertEquals(off.get("plain"), on.get("plain"));
    assertEquals(off.get("vector"), on.get("vector"));
    assertTrue(on.get("norm").doubleValue() > 0);
  }

  /// A vector that was saved does as part of a mix what it did when it was made.
  @Test
  void savedVectorsSteerAsAMix() throws IOException {
    var texts = texts();
    var mix = folder.resolve("mix.json");
    var steered =
        trace(
                "steer",
                texts,
                "a cat",
                "--more",
                "cat",
                "--less",
                "cab",
                "--max-tokens",
                "5",
                "--strength",
                "20",
                "--save",
                mix.toString(),
                "--json")
            .json();
    var run =
        CommandLineRun.of(
            "generate",
            texts.toString(),
            "a cat",
            "--max-tokens",
            "5",
            "--greedy",
            "--threads",
            "1",
            "--json",
            "--mix",
            mix.toString());
    assertEquals(0, run.exit(), run.err());
    assertEquals(steered.get("steered").asString(), run.json().get("text").asString());
    assertNotEquals(steered.get("plain"), steered.get("steered"));
  }

  private static String[] with(String[] arguments, String... last) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(last));
    return all.toArray(String[]::new);
  }

  @Test
  void expertsHeadsActivationsAndNeighbours() {
    var experts = trace("experts", mixtral, "--ids", "1,2,3", "--json").json();
    for (var layer : experts.get("layers")) {
      int tokens = 0;
      for (var count : layer.get("tokens_by_expert")) {
        tokens += count.intValue();
      }
      assertEquals(3 * layer.get("chosen").get(0).size(), tokens);
    }
    var heads = trace("heads", llama, "--all");
    assertEquals(0, heads.exit(), heads.err());
    var named = trace("heads", llama, "--json").json();
    assertEquals(heads.out().lines().count() - 1, named.get("heads").size());
    var activations = trace("activations", llama, "--ids", "1,2,3");
    assertEquals(0, activations.exit(), activations.err());
    assertTrue(activations.out().contains(" feed_forward "), activations.out());
    var neighbours = trace("neighbours", llama, "id:3", "--top", "2", "--json").json();
    assertEquals(2, neighbours.get("neighbours").size());
    assertEquals(3, neighbours.get("token").get("id").intValue());
  }

  /// The strongest token of all windows, and the one that stands highest in what was read.
  @Test
  void examplesAreTheStrongestOfTheCorpus() throws IOException {
    var texts = texts();
    var data = CommandLineRun.text(folder.resolve("read.txt"), 300);
    var common = new String[] {"--data", data.toString(), "--layer", "0", "--length", "8"};
    var json =
        trace("examples", texts, with(common, "--neuron", "3", "--top", "99", "--json")).json();
    assertEquals(3, json.get("neuron").intValue());
    assertEquals(json.get("texts_read").intValue(), json.get("texts").size());
    double last = Double.POSITIVE_INFINITY;
    double sum = 0;
    var whole = new StringBuilder();
    var byToken = new TreeMap<Integer, String>();
    for (var text : json.get("texts")) {
      double value = text.get("value").doubleValue();
      assertTrue(Math.abs(value) <= last);
      last = Math.abs(value);
      var written = new StringBuilder();
      for (int t = 0; t < text.get("tokens").size(); t++) {
        double own = text.get("values").get(t).doubleValue();
        assertTrue(Math.abs(own) <= last, text::toString);
        sum += own;
        written.append(text.get("tokens").get(t).get("text").asString());
      }
      assertEquals(value, text.get("values").get(text.get("strongest").intValue()).doubleValue());
      byToken.put(text.get("token").intValue(), written.toString());
    }
    byToken.values().forEach(whole::append);
    assertTrue(whole.toString().startsWith(Files.readString(data)), whole::toString);
    assertEquals(json.get("mean").doubleValue(), sum / json.get("tokens_read").intValue(), 1e-6);
    var shown = trace("examples", texts, with(common, "--head", "0", "--top", "2", "--most", "40"));
    assertEquals(0, shown.exit(), shown.err());
    assertEquals(3, shown.out().lines().count(), shown.out());
    assertTrue(shown.out().startsWith("layer 0, head 0 in 40 tokens of 5 texts: "), shown.out());
    assertTrue(
        shown.out().contains("[") && shown.out().contains("document 0, token "), shown.out());
  }

  @Test
  void wrongUseIsOneLine() {
    CommandLineRun.of("trace")
        .expect(
            2,
            "say what to look at: trace lens, attention, attribution, sensitivity, ablate, patch,"
                + " steer, activations, experts, heads, examples or neighbours");
    trace("attention", llama, "--ids", "1", "--layer", "3", "--head", "0")
        .expect(2, "--layer is 3, and must be from 0 to 2");
    trace("lens", llama, "--ids", "1", "--positions", "1")
        .expect(2, "position 1 is outside the 1 tokens: give one from 0 to 0");
    trace("lens", llama, "--ids", "1", "--top", "0")
        .expect(2, "--top is 0, and must be at least 1");
    trace("lens", llama, "--ids", "1", "--token", "cat")
        .expect(2, llama + " has no tokenizer.json, so it cannot read text: give --token id:N");
    trace("lens", llama, "--ids", "1", "--token", "id:x")
        .expect(2, "--token 'id:x' is not id:N with a number");
    trace("patch", llama, "--ids", "1", "--from", "cat")
        .expect(
            2, llama + " has no tokenizer.json, so it cannot read text: give --from ids:1,2,...");
    trace("patch", llama, "--ids", "1", "--from", "ids:1,b")
        .expect(2, "--from 'ids:1,b' is not ids: and numbers with commas");
    trace("patch", llama, "--ids", "1", "--from", "ids:1", "--site", "neurons")
        .expect(
            2,
            "--site 'neurons' is unknown: choose one of residual, attention, feed_forward, heads");
    trace("experts", llama, "--ids", "1")
        .expect(2, llama + " has no experts: each token goes through all of it");
    trace("examples", llama, "--data", "x", "--layer", "0")
        .expect(2, "say what to look at: --neuron or --head");
    trace("examples", llama, "--data", "x", "--layer", "0", "--neuron", "1", "--head", "0")
        .expect(2, "--neuron and --head exclude each other: give one of them");
    trace("examples", llama, "--data", "x", "--layer", "3", "--head", "0")
        .expect(2, "--layer is 3, and must be from 0 to 2");
    trace("examples", llama, "--data", "x", "--layer", "0", "--head", "0", "--length", "0")
        .expect(2, "--length is 0, and must be at least 1");
    trace("ablate", llama, "--ids", "1", "--by", "half")
        .expect(2, "--by is 'half', and must be zero or mean");
    trace("steer", llama, "--ids", "1", "--more", "a", "--more", "b", "--less", "c")
        .expect(2, "2 of --more and 1 of --less: give pairs");
    trace("sensitivity", llama, "--ids", "1", "--token", "id:2", "--against", "id:2")
        .expect(2, "--against is the token that is asked for: give another");
  }
}
