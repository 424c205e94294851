package dev.fader.app.cli.report;

import dev.fader.app.cli.option.CountedModel;
import dev.fader.app.view.Json;
import dev.fader.format.FormatException;
import dev.fader.inspect.count.Catalogue;
import dev.fader.inspect.count.ModelCount;
import dev.fader.inspect.count.ModelFacts;
import dev.fader.inspect.count.ParameterCount.Component;
import dev.fader.inspect.count.ParameterTree;
import dev.fader.inspect.count.PublishedModel;
import dev.fader.inspect.plan.TrainingPlan;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// Parameters as tables, trees and JSON.
public final class ParamsReport {
  private static final int NAME = 24;
  private static final int NUMBER = 19;

  private final PrintWriter out;

  public ParamsReport(PrintWriter out) {
    this.out = out;
  }

  public void list(Catalogue catalogue, boolean json) {
    if (json) {
      out.println(
          Json.text(
              Json.object(
                  "models", catalogue.models().stream().map(ParamsReport::entry).toList())));
      return;
    }
    for (var model : catalogue.models()) {
      line(
          "%-18s %-22s %-10s %s  %s",
          model.name(),
          size(model),
          model.published() ? "published" : "estimate",
          model.date(),
          model.source());
    }
  }

  private static Map<String, Object> entry(PublishedModel model) {
    var entry =
        Json.object(
            "name", model.name(),
            "title", model.title(),
            "status", model.published() ? "published" : "estimate",
            "source", model.source(),
            "date", model.date());
    totals(model).ifPresent(totals -> putTotals(entry, totals));
    return entry;
  }

  private static void putTotals(Map<String, Object> object, PublishedModel.Range totals) {
    if (totals.from() == totals.to()) {
      object.put("total", totals.from());
    } else {
      object.put("total_from", totals.from());
      object.put("total_to", totals.to());
    }
  }

  private static String size(PublishedModel model) {
    return totals(model).map(ParamsReport::range).orElse("not known");
  }

  /// What is published, or else counted.
  private static Optional<PublishedModel.Range> totals(PublishedModel model) {
    if (model.totals().isPresent()) {
      return model.totals();
    }
    try {
      return ModelFacts.of(model)
          .map(facts -> facts.count().trainable())
          .map(total -> new PublishedModel.Range(total, total));
    } catch (FormatException unknownFamily) {
      return Optional.empty();
    }
  }

  private static String range(PublishedModel.Range totals) {
    return totals.from() == totals.to()
        ? String.format(Locale.ROOT, "%,d", totals.from())
        : TrainingPlan.scaled((double) totals.from(), "")
            + " to "
            + TrainingPlan.scaled((double) totals.to(), "");
  }

  public void json(List<CountedModel> models) {
    out.println(
        Json.text(Json.object("models", models.stream().map(ParamsReport::object).toList())));
  }

  private static Map<String, Object> object(CountedModel model) {
    var object = Json.object("name", model.name());
    var published = model.found().published();
    if (model.found().facts().isPresent()) {
      putCount(object, model, model.found().facts().get());
    } else {
      published.flatMap(PublishedModel::totals).ifPresent(totals -> putTotals(object, totals));
    }
    published.ifPresent(entry -> {
      object.put("status", entry.published() ? "published" : "estimate");
      object.put("source", entry.source());
      object.put("date", entry.date());
      if (!entry.note().isEmpty()) {
        object.put("note", entry.note());
      }
    });
    return object;
  }

  private static void putCount(Map<String, Object> object, CountedModel model, ModelFacts facts) {
    var count = facts.count();
    object.put(
        "trainable", model.tuned().map(CountedModel.Tuned::parameters).orElseGet(count::trainable));
    object.put("stored", count.stored());
    object.put("active", count.active());
    object.put("components", components(count.components()));
    object.put("layers", count.layers().size());
    model
        .tuned()
        .ifPresent(tuned -> {
          object.put("method", tuned.method());
          var parts = new LinkedHashMap<String, Object>();
          tuned
              .parts()
              .forEach((name, part) ->
                  parts.put(
                      name,
                      Json.object("modules", part.modules(), "parameters", part.parameters())));
          object.put("trained_in", parts);
          object.put("base", count.trainable());
        });
    facts.bytes().ifPresent(bytes -> object.put("bytes", bytes));
  }

  private static Map<String, Long> components(Map<Component, Long> counts) {
    var components = new LinkedHashMap<String, Long>();
    counts.forEach(
        (component, number) -> components.put(component.name().toLowerCase(Locale.ROOT), number));
    return components;
  }

  /// One model with what a layer has and the shares, or several side by side.
  public void tables(List<CountedModel> models) {
    var counted = new ArrayList<CountedModel>();
    for (var model : models) {
      if (model.found().facts().isPresent()) {
        counted.add(model);
      }
    }
    if (counted.size() == 1) {
      table(counted.getFirst());
    } else if (!counted.isEmpty()) {
      sideBySide(counted);
    }
    for (var model : models) {
      model.found().published().ifPresent(this::provenance);
    }
  }

  private void provenance(PublishedModel model) {
    if (!model.published()) {
      line(
          "%s: %s parameters, an estimate; its makers have published no architecture",
          model.title(), model.totals().map(ParamsReport::range).orElse("?"));
    }
    line(
        "%s: %s, %s, %s",
        model.name(), model.published() ? "published" : "estimate", model.date(), model.source());
    if (!model.note().isEmpty()) {
      line("%s: %s", model.name(), model.note());
    }
  }

  private static ModelCount count(CountedModel model) {
    return model.found().facts().orElseThrow().count();
  }

  private void table(CountedModel model) {
    var count = count(model);
    line("%s", model.name());
    line("%-24s %19s %19s %8s", "component", "per layer", "total", "share");
    for (var component : count.components().entrySet()) {
      if (component.getValue() > 0) {
        line(
            "%-24s %19s %,19d %6.2f %%",
            component.getKey().title(),
            perLayer(count, component.getKey()),
            component.getValue(),
            100.0 * component.getValue() / count.trainable());
      }
    }
    line("%-24s %19s %,19d %s", whole(model), "", count.trainable(), "each number once");
    line("%-24s %19s %,19d %s", "stored", "", count.stored(), "what the file holds");
    line("%-24s %19s %,19d %s", "active", "", count.active(), "used for one token");
    model
        .tuned()
        .ifPresent(tuned ->
            line(
                "%-24s %19s %,19d %s",
                "trainable", "", tuned.parameters(), "by " + share(tuned, count)));
    model.tuned().ifPresent(this::parts);
  }

  /// What is trained in which modules.
  private void parts(CountedModel.Tuned tuned) {
    if (tuned.parts().isEmpty()) {
      return;
    }
    line("");
    line("%-44s %7s %15s %8s", "trained in", "modules", "parameters", "share");
    tuned
        .parts()
        .forEach((name, part) ->
            line(
                "%-44s %,7d %,15d %6.2f %%",
                name,
                part.modules(),
                part.parameters(),
                100.0 * part.parameters() / tuned.parameters()));
  }

  /// What all parameters are called: a tuning method trains others.
  private static String whole(CountedModel model) {
    return model.tuned().isPresent() ? "base" : "trainable";
  }

  private static String share(CountedModel.Tuned tuned, ModelCount count) {
    long all = tuned.of(count.trainable());
    return String.format(
        Locale.ROOT, "%s, %.4f %% of %,d", tuned.method(), 100.0 * tuned.parameters() / all, all);
  }

  private static String perLayer(ModelCount count, Component component) {
    var layers =
        count.layers().stream()
            .mapToLong(layer -> layer.getOrDefault(component, 0L))
            .summaryStatistics();
    if (layers.getCount() == 0 || layers.getMax() == 0) {
      return "";
    }
    return layers.getMin() == layers.getMax()
        ? String.format(Locale.ROOT, "%,d", layers.getMax())
        : String.format(Locale.ROOT, "up to %,d", layers.getMax());
  }

  private void sideBySide(List<CountedModel> models) {
    var head = new StringBuilder(" ".repeat(NAME));
    models.forEach(model -> head.append(String.format(" %" + NUMBER + "s", shortened(model))));
    line("%s", head);
    for (var component : Component.values()) {
      ToLongFunction<CountedModel> number =
          model -> count(model).components().getOrDefault(component, 0L);
      if (models.stream().anyMatch(model -> number.applyAsLong(model) > 0)) {
        row(component.title(), models, number);
      }
    }
    row(whole(models.getFirst()), models, model -> count(model).trainable());
    row("stored", models, model -> count(model).stored());
    row("active", models, model -> count(model).active());
    if (models.getFirst().tuned().isPresent()) {
      row(
          "trainable",
          models,
          model -> model.tuned().map(CountedModel.Tuned::parameters).orElse(0L));
    }
  }

  private static String shortened(CountedModel model) {
    var name = model.name();
    return name.length() <= NUMBER ? name : "..." + name.substring(name.length() - NUMBER + 3);
  }

  private void row(String title, List<CountedModel> models, ToLongFunction<CountedModel> number) {
    var row = new StringBuilder(String.format("%-" + NAME + "s", title));
    for (var model : models) {
      long value = number.applyAsLong(model);
      row.append(
          value == 0
              ? " " + " ".repeat(NUMBER)
              : String.format(Locale.ROOT, " %," + NUMBER + "d", value));
    }
    line("%s", row.toString().stripTrailing());
  }

  public void trees(List<CountedModel> models, int depth) {
    for (var model : models) {
      if (model.found().facts().isPresent()) {
        var count = count(model);
        line("%,19d %6.2f %%  %s", count.trainable(), 100.0, model.name());
        tree(ParameterTree.of(count.entries()), count.trainable(), 1, depth);
        model
            .tuned()
            .ifPresent(
                tuned -> line("%,19d trainable by %s", tuned.parameters(), share(tuned, count)));
      }
      model.found().published().ifPresent(this::provenance);
    }
  }

  private void tree(List<ParameterTree.Node> nodes, long whole, int level, int depth) {
    for (var node : nodes) {
      line(
          "%,19d %6.2f %%  %s%s%s",
          node.parameters() * node.times(),
          100.0 * node.parameters() * node.times() / whole,
          "  ".repeat(level),
          node.name(),
          node.times() == 1
              ? ""
              : String.format(Locale.ROOT, "  %d times %,d", node.times(), node.parameters()));
      if (level < depth) {
        tree(node.children(), whole, level + 1, depth);
      }
    }
  }

  private void line(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values).stripTrailing());
  }
}
