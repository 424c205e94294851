package dev.fader.app.cli.report;

import dev.fader.app.view.Json;
import dev.fader.data.quality.DataCleaning;
import dev.fader.data.quality.DataReport;
import dev.fader.data.quality.DataReport.Amount;
import dev.fader.data.quality.Fault;
import dev.fader.inspect.plan.TrainingPlan;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What texts are like, and what of them was left out.
public final class TextQualityReport {
  private static final Amount NONE = new Amount(0, 0);
  private static final int MOST_LANGUAGES = 8;

  private TextQualityReport() {}

  /// For people.
  public static void lines(DataReport report, PrintWriter out) {
    print(
        out,
        "%,d texts, %s, %,d words",
        report.documents(),
        TrainingPlan.bytes(report.bytes()),
        report.words());
    var lengths = report.lengths();
    print(
        out,
        "words of a text: from %,d to %,d, half of them up to %,d, 95 %% up to %,d",
        lengths.shortest(),
        lengths.longest(),
        lengths.median(),
        lengths.ninetyFifthOfHundred());
    print(
        out,
        "compressed each by itself: %s, %.1f times smaller",
        TrainingPlan.bytes(report.compressedBytes()),
        (double) report.bytes() / Math.max(1, report.compressedBytes()));
    print(out, "languages, guessed: %s", languages(report));
    out.println();
    print(out, "%-12s %8s %10s %7s", "fault", "texts", "bytes", "share");
    for (var fault : Fault.values()) {
      var amount = report.faults().getOrDefault(fault, NONE);
      print(
          out,
          "%-12s %,8d %10s %6.2f%%  %s",
          fault.title(),
          amount.documents(),
          TrainingPlan.bytes(amount.bytes()),
          100.0 * amount.bytes() / Math.max(1, report.bytes()),
          fault.words());
    }
    report
        .examples()
        .forEach((fault, examples) -> {
          out.println();
          print(out, "%s:", fault.words());
          for (var example : examples) {
            out.println(
                "  " + example.place() + example.like().map(place -> "  like " + place).orElse(""));
          }
        });
  }

  private static String languages(DataReport report) {
    var words = new StringBuilder();
    int told = 0;
    for (var language : report.languages().entrySet()) {
      if (told++ == MOST_LANGUAGES) {
        words.append(", others");
        break;
      }
      words.append(words.isEmpty() ? "" : ", ");
      words.append(
          String.format(
              Locale.ROOT,
              "%s %.1f %%",
              language.getKey(),
              100.0 * language.getValue() / Math.max(1, report.bytes())));
    }
    return words.toString();
  }

  /// For programs.
  public static void object(DataReport report, PrintWriter out) {
    var faults = new LinkedHashMap<String, Object>();
    for (var fault : Fault.values()) {
      var amount = report.faults().getOrDefault(fault, NONE);
      var examples =
          report.examples().getOrDefault(fault, List.of()).stream()
              .map(example -> {
                var object = Json.object("place", example.place());
                example.like().ifPresent(place -> object.put("like", place));
                return object;
              })
              .toList();
      faults.put(
          fault.title(),
          Json.object("texts", amount.documents(), "bytes", amount.bytes(), "examples", examples));
    }
    var lengths = report.lengths();
    out.println(
        Json.text(
            Json.object(
                "texts", report.documents(),
                "unreadable", report.unreadable(),
                "bytes", report.bytes(),
                "words", report.words(),
                "compressed_bytes", report.compressedBytes(),
                "words_shortest", lengths.shortest(),
                "words_median", lengths.median(),
                "words_95", lengths.ninetyFifthOfHundred(),
                "words_longest", lengths.longest(),
                "languages", report.languages(),
                "faults", faults)));
  }

  /// For people.
  public static void lines(DataCleaning cleaning, PrintWriter out) {
    print(
        out,
        "%,d of %,d texts stay, %s of %s",
        cleaning.kept(),
        cleaning.documents(),
        TrainingPlan.bytes(cleaning.keptBytes()),
        TrainingPlan.bytes(cleaning.bytes()));
    cleaning
        .removed()
        .forEach(
            (fault, count) -> print(out, "  %-12s %,8d  %s", fault.title(), count, fault.words()));
  }

  /// For programs.
  public static void object(DataCleaning cleaning, PrintWriter out) {
    Map<String, Object> removed = new LinkedHashMap<>();
    cleaning.removed().forEach((fault, count) -> removed.put(fault.title(), count));
    out.println(
        Json.text(
            Json.object(
                "texts", cleaning.documents(),
                "unreadable", cleaning.unreadable(),
                "bytes", cleaning.bytes(),
                "kept", cleaning.kept(),
                "kept_bytes", cleaning.keptBytes(),
                "removed", removed)));
  }

  private static void print(PrintWriter out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }
}
