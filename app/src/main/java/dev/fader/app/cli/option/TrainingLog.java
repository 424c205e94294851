package dev.fader.app.cli.option;

import dev.fader.app.view.Json;
import dev.fader.train.ExpertLoad;
import dev.fader.train.TrainingEvent.Evaluated;
import dev.fader.train.TrainingEvent.StepTaken;
import dev.fader.train.Verdict;
import dev.fader.train.ZeroShare;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The log of a run: a JSON object for each step, a line each.
public final class TrainingLog implements AutoCloseable {
  public static final String NAME = "log.jsonl";

  private final Path file;
  private @Nullable Writer writer;

  public TrainingLog(Path file) {
    this.file = file;
  }

  /// Begins the log of a run that starts after `step` steps. Lines of later steps, which a killed
  /// process took and this one will take again, are dropped.
  public void open(long step) throws IOException {
    var parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (step > 0 && Files.exists(file)) {
      keepUpTo(step);
      writer =
          Files.newBufferedWriter(
              file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } else {
      writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    }
  }

  private void keepUpTo(long step) throws IOException {
    var kept = file.resolveSibling("." + file.getFileName() + ".kept");
    try (var lines = Files.newBufferedReader(file, StandardCharsets.UTF_8);
        var out = Files.newBufferedWriter(kept, StandardCharsets.UTF_8)) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        if (stepOf(line) <= step) {
          out.write(line);
          out.write('\n');
        }
      }
    }
    Files.move(kept, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /// The step of a line; a line cut short belongs to none.
  private static long stepOf(String line) {
    try {
      return JsonMapper.shared().readTree(line).path("step").asLong(Long.MAX_VALUE);
    } catch (JacksonException cutShort) {
      return Long.MAX_VALUE;
    }
  }

  /// What the model was before the first step.
  ///
  /// @param measures what else was found of it, by its name
  /// @param sample what it wrote, if it did
  public void write(Evaluated start, Map<String, Double> measures, Optional<String> sample)
      throws IOException {
    var line = Json.object("step", start.step());
    put(start, measures, sample, line);
    write(line);
  }

  private static void put(
      Evaluated evaluated,
      Map<String, Double> measures,
      Optional<String> sample,
      Map<String, Object> line) {
    line.put("val_loss", evaluated.evaluation().loss());
    putExperts("val_", evaluated.evaluation().experts(), line);
    putZeros(evaluated.evaluation().zeros(), line);
    measures.forEach((name, value) -> line.put("val_" + name, value));
    var verdict = evaluated.verdict();
    if (verdict.kind() != Verdict.Kind.NEEDS_DATA) {
      line.put("verdict", verdict.sentence());
    }
    sample.ifPresent(text -> line.put("sample", text));
  }

  /// How busy the experts were: the layer with the busiest, and each expert of each layer.
  private static void putExperts(
      String prefix, List<ExpertLoad> experts, Map<String, Object> line) {
    if (experts.isEmpty()) {
      return;
    }
    line.put(prefix + "expert_load", ExpertLoad.largestOverMean(experts));
    line.put(prefix + "router_entropy", ExpertLoad.entropy(experts));
    line.put(prefix + "unused_experts", ExpertLoad.unused(experts));
    line.put(prefix + "expert_choices", experts.stream().map(ExpertLoad::choices).toList());
  }

  /// The share of the neurons that were zero: in all layers, and in each.
  private static void putZeros(List<ZeroShare> zeros, Map<String, Object> line) {
    if (!zeros.isEmpty()) {
      line.put("val_zeros", ZeroShare.share(zeros));
      line.put("val_zeros_by_layer", zeros.stream().map(ZeroShare::share).toList());
    }
  }

  /// A step, and what was found of the model after it.
  ///
  /// @param measures what else than the loss, by its name, if there was an evaluation
  /// @param sample what the model wrote then, if it did
  public void write(StepTaken step, Map<String, Double> measures, Optional<String> sample)
      throws IOException {
    var line =
        Json.object(
            "step", step.step(),
            "loss", step.result().loss(),
            "grad_norm", step.result().gradientNorm(),
            "lr", step.learningRate(),
            "tokens", step.tokens(),
            "seconds", step.seconds());
    step.horizon().ifPresent(last -> line.put("horizon", last));
    step.waiting().ifPresent(waiting -> line.put("waited", waiting.seconds()));
    putExperts("", step.result().experts(), line);
    step.evaluation().ifPresent(evaluated -> put(evaluated, measures, sample, line));
    if (!step.result().updateRatios().isEmpty()) {
      line.put("update_ratios", step.result().updateRatios());
    }
    write(line);
  }

  private void write(Object line) throws IOException {
    if (writer == null) {
      throw new IllegalStateException("the log is not open");
    }
    writer.write(Json.text(line) + '\n');
    writer.flush();
  }

  /// What to tell when it cannot be written.
  public UncheckedIOException unwritable(IOException failed) {
    var why =
        failed instanceof FileSystemException system && system.getReason() != null
            ? system.getReason()
            : failed.getMessage();
    return new UncheckedIOException(
        new IOException(
            "the log %s cannot be written: %s; free some space, or choose another --log"
                .formatted(file, why),
            failed));
  }

  /// Every line is written already.
  @Override
  public void close() {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException toldAlready) {
        // The line that could not be written was the end of the run.
      }
    }
  }
}
