package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.app.cli.ResumeOptionsTest.Fate.Applied;
import dev.fader.app.cli.ResumeOptionsTest.Fate.Refused;
import dev.fader.app.cli.ResumeOptionsTest.Fate.Tested;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.OptionSpec;
import tools.jackson.databind.json.JsonMapper;

/// What `train --resume` does with each option: it is applied, or refused with both values.
class ResumeOptionsTest {
  /// What becomes of an option when a run goes on.
  sealed interface Fate {
    /// The run goes on with it.
    record Applied(String... now) implements Fate {}

    /// The run does not go on: then it was this, and now it is that.
    record Refused(String then, String now) implements Fate {}

    /// A test of its own says what.
    record Tested() implements Fate {}
  }

  /// Every option of `train`; a new one must be given its place here.
  private static final Map<String, Fate> FATES = new LinkedHashMap<>();

  static {
    FATES.put("--data", new Tested());
    FATES.put("--glob", new Tested());
    FATES.put("--val-data", new Tested());
    FATES.put("--val-fraction", new Refused("0.1", "0.3"));
    FATES.put("--tokenizer", new Tested());
    FATES.put("--init", new Tested());
    FATES.put("--out", new Tested());
    FATES.put("--resume", new Tested());
    FATES.put("--overwrite", new Tested());
    FATES.put("--dry-run", new Tested());
    FATES.put("--preset", new Refused("not given", "nano"));
    FATES.put("--depth", new Refused("1", "2"));
    FATES.put("--arch", new Refused("qwen3", "gpt2"));
    FATES.put("--layers", new Refused("1", "2"));
    FATES.put("--dim", new Refused("16", "32"));
    FATES.put("--embedding-dim", new Refused("not given", "8"));
    FATES.put("--heads", new Refused("2", "4"));
    FATES.put("--kv-heads", new Refused("2", "1"));
    FATES.put("--ffn", new Refused("64", "32"));
    FATES.put("--context", new Refused("16", "8"));
    FATES.put("--window", new Refused("0", "4"));
    FATES.put("--vocab", new Refused("257", "300"));
    FATES.put("--activation", new Refused("silu", "relu"));
    FATES.put("--sparsity-loss", new Tested());
    FATES.put("--tied", new Refused("true", "false"));
    FATES.put("--share-layers", new Refused("1", "2"));
    FATES.put("--experts", new Refused("not given", "4"));
    FATES.put("--experts-per-token", new Refused("not given", "1"));
    FATES.put("--expert-ffn", new Refused("not given", "16"));
    FATES.put("--shared-experts", new Refused("not given", "1"));
    FATES.put("--dense-layers", new Refused("not given", "1"));
    FATES.put("--router", new Refused("not given", "sigmoid"));
    FATES.put("--balance", new Tested());
    FATES.put("--balance-speed", new Tested());
    FATES.put("--balance-loss", new Tested());
    FATES.put("--router-z-loss", new Tested());
    FATES.put("--optimizer", new Refused("muon", "sgd"));
    FATES.put("--seed", new Refused("1", "2"));
    FATES.put("--minutes", new Applied("0.01"));
    FATES.put("--steps", new Applied("4"));
    FATES.put("--tokens", new Applied("100"));
    FATES.put("--epochs", new Applied("0.05"));
    FATES.put("--stop-when-overfitting", new Applied());
    FATES.put("--lr", new Applied("0.02"));
    FATES.put("--min-lr", new Applied("1e-4"));
    FATES.put("--warmup", new Applied("2"));
    FATES.put("--schedule", new Applied("wsd"));
    FATES.put("--batch", new Applied("3"));
    FATES.put("--accumulate", new Applied("2"));
    FATES.put("--beta1", new Applied("0.8"));
    FATES.put("--beta2", new Applied("0.9"));
    FATES.put("--eps", new Applied("1e-7"));
    FATES.put("--momentum", new Applied("0.7"));
    FATES.put("--weight-decay", new Applied("0.3"));
    FATES.put("--decay-all", new Applied());
    FATES.put("--clip", new Applied("2"));
    FATES.put("--dropout", new Applied("0.25"));
    FATES.put("--recompute", new Applied());
    FATES.put("--eval-every", new Applied("2"));
    FATES.put("--eval-batches", new Applied("3"));
    FATES.put("--checkpoint-every", new Applied("1"));
    FATES.put("--keep", new Applied("5"));
    FATES.put("--keep-last", new Applied());
    FATES.put("--sample-prompt", new Applied("Line"));
    FATES.put("--log", new Tested());
    FATES.put("--explain", new Tested());
    FATES.put("--json", new Tested());
    FATES.put("--quiet", new Tested());
    FATES.put("--threads", new Tested());
    FATES.put("--zero", new Tested());
    FATES.put("--sync-every", new Tested());
    FATES.put("--outer-rate", new Tested());
    FATES.put("--outer-momentum", new Tested());
    FATES.put("--engine", new Applied("auto"));
    FATES.put("--precision", new Applied("bf16"));
  }

  @TempDir private static Path shared;
  private static Path text;
  private static Path begun;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() throws IOException {
    text = CommandLineRun.text(shared.resolve("text.txt"), 3000);
    begun = shared.resolve("begun");
    var run = CommandLineRun.train(text, begun, "--depth", "1", "--steps", "3");
    assertEquals(0, run.exit(), run.err());
  }

  /// The run that was begun, for one test to go on with.
  private Path copy() throws IOException {
    var out = folder.resolve("out");
    try (var files = Files.walk(begun)) {
      for (var file : files.toList()) {
        Files.copy(file, out.resolve(begun.relativize(file)));
      }
    }
    return out;
  }

  private static CommandLineRun resume(Path out, String... more) {
    return CommandLineRun.trainOnly(
        out, Stream.concat(Stream.of("--resume"), Arrays.stream(more)).toArray(String[]::new));
  }

  private static void assertGoesOn(CommandLineRun run) {
    assertEquals(0, run.exit(), run.err());
  }

  private static Map<String, String> recipe(Path out) {
    return JsonMapper.shared()
        .readTree(out.resolve("recipe.json").toFile())
        .propertyStream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().asString("")));
  }

  @Test
  void everyTrainOptionIsCovered() {
    var options =
        Fader.commandLine().getSubcommands().get("train").getCommandSpec().options().stream()
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .map(OptionSpec::longestName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(options, new TreeSet<>(FATES.keySet()));
  }

  static Stream<Arguments> applied() {
    return FATES.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Applied)
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("applied")
  void appliedOptionsTakeEffect(String flag, Applied applied) throws IOException {
    var out = copy();
    var arguments = Stream.concat(Stream.of(flag), Arrays.stream(applied.now()));
    assertGoesOn(resume(out, arguments.toArray(String[]::new)));
    var now = applied.now().length == 0 ? "true" : applied.now()[0];
    assertEquals(now, recipe(out).get(flag.substring(2)));
    assertFalse(now.equals(recipe(begun).get(flag.substring(2))), "it was that before");
  }

  static Stream<Arguments> refused() {
    return FATES.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Refused)
        .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void changedOptionsAreRefusedWithBothValues(String flag, Refused refused) {
    var given =
        flag.equals("--tied") ? new String[] {"--no-tied"} : new String[] {flag, refused.now()};
    resume(begun, given)
        .expect(
            1,
            "cannot resume from %s: %s is %s there and %s now; give the same, or start a new run with another --out"
                .formatted(begun, flag, refused.then(), refused.now()));
  }

  /// What balances experts may change in a run, with its numbers.
  @Test
  void balanceOfExpertsMayChange() throws IOException {
    var out = folder.resolve("experts");
    assertGoesOn(
        CommandLineRun.train(
            text, out, CommandLineRun.words("--arch deepseek --experts 4 --steps 2")));
    assertEquals("bias", recipe(out).get("balance"));
    assertGoesOn(resume(out, "--balance-speed", "0.01", "--steps", "3"));
    assertEquals("0.01", recipe(out).get("balance-speed"));
    assertGoesOn(resume(out, CommandLineRun.words("--balance loss --balance-loss 0.1 --steps 4")));
    assertFalse(recipe(out).containsKey("balance-speed"));
    assertGoesOn(resume(out, CommandLineRun.words("--router-z-loss 0.5 --steps 5")));
    assertEquals("loss", recipe(out).get("balance"));
    assertEquals("0.1", recipe(out).get("balance-loss"));
    assertEquals("0.5", recipe(out).get("router-z-loss"));
    resume(out, "--experts", "8")
        .expect(
            1,
            "cannot resume from %s: --experts is 4 there and 8 now; give the same, or start a new run with another --out"
                .formatted(out));
  }

  @Test
  void unchangedOptionsAreAccepted() throws IOException {
    var same = new ArrayList<String>();
    recipe(begun)
        .forEach((flag, value) -> {
          if (FATES.get("--" + flag) instanceof Refused && !flag.equals("tied")) {
            same.addAll(List.of("--" + flag, value));
          }
        });
    assertTrue(same.size() > 20, same.toString());
    same.addAll(List.of("--tied", "--data", text.toString(), "--steps", "4"));
    assertGoesOn(resume(copy(), same.toArray(String[]::new)));
  }

  @Test
  void otherDataOrTokenizerIsRefused() throws IOException {
    var other = CommandLineRun.text(folder.resolve("other.txt"), 2000).toString();
    var checkpoint = begun.resolve("checkpoints/step-00000003");
    for (var flag : List.of("--data", "--val-data")) {
      resume(begun, flag, other)
          .expect(
              1,
              "cannot resume from "
                  + checkpoint
                  + ": the data has changed since the checkpoint; give the same, or start a new run with another"
                  + " --out");
    }
    resume(begun, "--tokenizer", "char")
        .expect(
            1,
            "cannot resume from "
                + begun
                + ": the tokenizer has changed since; leave out --tokenizer, or start a new run"
                + " with another --out");
    assertGoesOn(resume(copy(), "--tokenizer", "bytes", "--steps", "4"));
  }

  @Test
  void globIsRememberedWithItsFolder() throws IOException {
    var texts = Files.createDirectory(folder.resolve("texts"));
    CommandLineRun.text(texts.resolve("a.txt"), 2000);
    CommandLineRun.text(texts.resolve("b.md"), 1000);
    var out = folder.resolve("of-texts");
    assertGoesOn(CommandLineRun.train(texts, out, "--glob", "*.txt", "--steps", "2"));
    assertGoesOn(resume(out, "--steps", "3"));
    assertGoesOn(resume(out, "--data", texts.toString(), "--steps", "4"));
    var other = resume(out, "--glob", "*", "--steps", "5");
    assertEquals(1, other.exit());
    assertTrue(other.err().contains("the data has changed since the checkpoint"), other.err());
  }

  @Test
  void initialModelMustBeTheSame() throws IOException {
    resume(begun, "--init", begun.toString())
        .expect(2, "--resume goes on from a checkpoint in --out: leave out --init");
    var out = folder.resolve("tuned");
    assertGoesOn(
        CommandLineRun.trainOnly(
            out, "--init", begun.toString(), "--data", text.toString(), "--steps", "2"));
    assertGoesOn(resume(out, "--steps", "3"));
    assertGoesOn(resume(out, "--init", begun.toString(), "--steps", "4"));
    resume(out, "--init", out.toString())
        .expect(
            1,
            "cannot resume from %1$s: --init is %2$s there and %1$s now; give the same, or start a new run with another --out"
                .formatted(out, begun));
  }

  @Test
  void logContinues() throws IOException {
    var out = folder.resolve("logged");
    var log = folder.resolve("steps.jsonl");
    assertGoesOn(CommandLineRun.train(text, out, "--log", log.toString(), "--steps", "2"));
    assertGoesOn(resume(out, "--steps", "3"));
    assertEquals(3, Files.readAllLines(log).size());
    assertFalse(Files.exists(out.resolve("log.jsonl")));
  }

  /// The word that a run was begun with is looked at when it goes on, and another may be given.
  @Test
  void engineIsRemembered() throws IOException {
    var out = copy();
    assertGoesOn(resume(out, "--engine", "java", "--steps", "4"));
    var file = out.resolve("recipe.json");
    var recipe = Files.readString(file);
    Files.writeString(file, recipe.replaceFirst("(\"engine\" ?: ?)\"java\"", "$1\"mkl\""));
    var asBefore = resume(out, "--steps", "5");
    assertEquals(2, asBefore.exit());
    assertTrue(asBefore.err().contains("--engine 'mkl' is unknown"), asBefore.err());
    assertGoesOn(resume(out, "--engine", "java", "--steps", "5"));
    assertEquals("java", recipe(out).get("engine"));
  }

  /// Steps between exchanges make another run of it, also for one process.
  @Test
  void ranksTalkAsOftenAsBefore() throws IOException {
    var out = folder.resolve("seldom");
    assertGoesOn(CommandLineRun.train(text, out, "--sync-every", "2", "--steps", "2"));
    assertEquals("2", recipe(out).get("sync-every"));
    assertGoesOn(resume(out, "--steps", "4"));
    assertEquals("2", recipe(out).get("sync-every"));
    var together = resume(out, "--steps", "4", "--zero", "1");
    assertEquals(2, together.exit());
    assertTrue(
        together
            .err()
            .contains(
                "--zero 1 shares what --sync-every 2 lets each rank have for itself: leave one out"),
        together.err());
  }

  @Test
  void theStepOfAllIsAsBefore() throws IOException {
    var out = folder.resolve("outer");
    String[] outer = {"--sync-every", "2", "--outer-rate", "1", "--outer-momentum", "0.5"};
    var options = new ArrayList<>(List.of(outer));
    options.addAll(List.of("--steps", "2"));
    assertGoesOn(CommandLineRun.train(text, out, options.toArray(String[]::new)));
    assertGoesOn(resume(out, "--steps", "4"));
    assertEquals("1", recipe(out).get("outer-rate"));
    assertEquals("0.5", recipe(out).get("outer-momentum"));
    assertGoesOn(resume(out, "--steps", "6", "--outer-momentum", "0.9"));
    assertEquals("0.9", recipe(out).get("outer-momentum"));
    assertGoesOn(resume(out, "--steps", "8", "--sync-every", "1"));
    var together = resume(copy(), "--outer-rate", "1");
    assertEquals(2, together.exit());
    assertTrue(
        together
            .err()
            .contains(
                "--outer-rate is of the step after steps of their own: give --sync-every H, such as 50, as well"),
        together.err());
  }

  /// Though it is quiet: the numbers are others than the user may expect.
  @Test
  void otherArithmeticIsAlwaysTold() throws Exception {
    var out = copy();
    var checkpoint = out.resolve("checkpoints/step-00000003");
    var state = checkpoint.resolve("trainer/state.json");
    var before = Files.readString(state);
    var changed = before.replaceFirst("(\"arithmetic\" : \").", "$1?");
    Files.writeString(state, changed);
    var manifest = checkpoint.resolve("manifest.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace(checksum(before), checksum(changed)));
    var run = resume(out, "--steps", "4");
    assertGoesOn(run);
    assertTrue(run.err().startsWith("this run was computed with ?"), run.err());
    assertEquals("", resume(out, "--steps", "5").err());
  }

  private static String checksum(String text) throws NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void reportOptionsAreNotRemembered() throws IOException {
    resume(begun, "--overwrite")
        .expect(2, "--resume goes on with what --overwrite deletes: choose one of them");
    var before = recipe(begun);
    var planned = resume(begun, "--steps", "9", "--dry-run", "--json").json();
    assertEquals(9, planned.get("steps").asInt());
    assertEquals(before, recipe(begun));
    var out = copy();
    var ended = CommandLineRun.ofLine("train --resume --out %s --steps 4 --threads 2 --json", out);
    assertEquals(4, ended.json().get("steps").asInt());
    assertTrue(ended.err().contains("resuming after step 3"), ended.err());
  }
}
