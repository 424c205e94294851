package dev.fader.app.cli.command;

import dev.fader.app.cli.report.TaskReport;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.view.Json;
import dev.fader.evaluate.AnswerScores;
import dev.fader.evaluate.AnswerWriter;
import dev.fader.evaluate.ChoiceReader;
import dev.fader.evaluate.ChoiceScores;
import dev.fader.evaluate.TaskItem;
import dev.fader.evaluate.TaskPrompts;
import dev.fader.evaluate.choice.Likelihood;
import dev.fader.evaluate.text.TextMetric;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SessionPool;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model measured at the items of a task.
///
/// @param context tokens that the model reads and writes at most
/// @param log gets a line of JSON for each item
record TaskEvaluation(TaskPrompts prompts, int context, ProgressLine progress, PrintWriter log) {

  /// Lets the model answer items that ask for a text.
  TaskReport answers(
      List<TaskItem.Answer> items,
      List<TextMetric> metrics,
      GenerationSettings settings,
      SessionPool pool) {
    try (var session = pool.open(context)) {
      var writer = new AnswerWriter(prompts, session, settings);
      items.forEach(writer::check);
      var scores = new AnswerScores(metrics);
      for (int i = 0; i < items.size(); i++) {
        var item = items.get(i);
        var written = writer.answer(item).text();
        var own = scores.add(written, item.references());
        log(item, answer(written, item, metrics, own));
        show(i + 1, items.size());
      }
      return new TaskReport("answers", items.size(), scores.figures(), Optional.empty());
    }
  }

  private static Map<String, Object> answer(
      String written, TaskItem.Answer item, List<TextMetric> metrics, List<Double> scores) {
    var byName = new LinkedHashMap<String, Object>();
    for (int i = 0; i < metrics.size(); i++) {
      byName.put(metrics.get(i).name().replace('-', '_'), scores.get(i));
    }
    return Json.object("written", written, "references", item.references(), "scores", byName);
  }

  /// Lets the model read items with choices.
  TaskReport choices(List<TaskItem.Choice> items, SessionPool pool) {
    try (var reader = new ChoiceReader(prompts, pool, context)) {
      var scores = new ChoiceScores();
      for (int i = 0; i < items.size(); i++) {
        var item = items.get(i);
        var likelihoods = reader.likelihoods(item);
        var picked = scores.add(item, likelihoods);
        log(item, choice(item, likelihoods, picked));
        show(i + 1, items.size());
      }
      return new TaskReport("multiple_choice", items.size(), scores.figures(), Optional.of(scores));
    }
  }

  private static Map<String, Object> choice(
      TaskItem.Choice item, List<Likelihood> likelihoods, ChoiceScores.Picked picked) {
    return Json.object(
        "choices", item.choices(),
        "loglikelihoods", likelihoods.stream().map(Likelihood::logProbability).toList(),
        "greedy", likelihoods.stream().map(Likelihood::greedy).toList(),
        "right", picked.right(),
        "acc", picked.likeliest(),
        "acc_norm", picked.byCharacters(),
        "acc_bytes", picked.byBytes());
  }

  private void log(TaskItem item, Map<String, Object> entry) {
    var line = Json.object("place", item.place());
    line.putAll(entry);
    log.println(Json.text(line));
    if (log.checkError()) {
      throw new IllegalStateException(
          "the log of the items cannot be written: free some space, or leave out --log");
    }
  }

  private void show(int done, int all) {
    progress.show((double) done / all, "%,d of %,d items".formatted(done, all), false);
  }
}
