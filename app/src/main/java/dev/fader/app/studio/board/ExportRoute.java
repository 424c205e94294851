package dev.fader.app.studio.board;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.app.studio.request.FileNames;
import dev.fader.kernel.Engine;
import dev.fader.model.adapter.Origin;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.file.AdapterSource;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// A mix put into the weights of its model, as `fader export` writes it.
final class ExportRoute {
  private static final List<String> KINDS = List.of("directory", "gguf", "adapter");
  private static final int USUAL_RANK = 16;
  private static final int MOST_RANK = 4096;

  private final ServedModels models;
  private final Lanes lanes;
  private final Path folder;

  ExportRoute(ServedModels models, Lanes lanes, Path folder) {
    this.models = models;
    this.lanes = lanes;
    this.folder = folder;
  }

  List<Route> routes() {
    return List.of(Route.post(BoardRoutes.PATH + "board/export", this::export));
  }

  private void export(Exchange exchange) throws Exception {
    long start = System.nanoTime();
    var asked = BoardQuestion.of(exchange);
    var body = asked.body();
    var kind = body.word("kind", KINDS).orElseThrow(() -> body.missing("kind"));
    int rank = body.whole("rank", 1, MOST_RANK).orElse(USUAL_RANK);
    var name = FileNames.of(body);
    var out = FileNames.in(folder, name, kind.equals("gguf") ? ".gguf" : "");
    try (var lease = asked.lease(models)) {
      var answer =
          lanes
              .writing()
              .compute(
                  exchange,
                  stop ->
                      FileFailures.told(
                          () -> written(asked, lease, new Out(kind, out, rank, stop))));
      exchange.send(PredictionRoutes.timed(answer, start));
    }
  }

  private ObjectNode written(BoardQuestion asked, ModelLease lease, Out out) throws IOException {
    requireFree(out.path);
    requireKind(out.kind, lease.model().path());
    Files.createDirectories(folder);
    write(asked, lease, out);
    return JsonText.object().put("path", out.path.toString()).put("bytes", bytes(out.path));
  }

  private static void requireFree(Path out) {
    if (Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      throw ApiException.invalid(
          "name", "%s is there already: choose another name".formatted(out.getFileName()));
    }
  }

  private static void requireKind(String kind, Path model) {
    if (kind.equals("directory") && !Files.isDirectory(model)) {
      throw ApiException.invalid(
          "kind", "the model is a GGUF file, and so is what comes of it: choose `gguf`");
    }
  }

  /// What is to be written.
  ///
  /// @param stop says when nobody waits for it any more
  private record Out(String kind, Path path, int rank, BooleanSupplier stop) {}

  private void write(BoardQuestion asked, ModelLease lease, Out out) throws IOException {
    var opening = models.policy().opening();
    var source = lease.model().path();
    try (var engine = new Engine(opening.threads(), opening.memoryBytes())) {
      var merge =
          new ModelMerge(source, adapters(lease), engine.kernels(), engine.memory())
              .with(asked.mix(lease))
              .stopWhen(out.stop);
      switch (out.kind) {
        case "directory" -> merge.writeDirectory(out.path, Optional.empty());
        case "gguf" -> merge.writeGguf(out.path, Optional.empty());
        default ->
            merge.writeAdapter(
                out.path, out.rank, Origin.of(source.toAbsolutePath().normalize().toString()));
      }
    }
  }

  private static List<AdapterSource> adapters(ModelLease lease) {
    var sources = new ArrayList<AdapterSource>();
    for (int i = 0; i < lease.strengths().size(); i++) {
      if (lease.strengths().get(i) != 0) {
        sources.add(
            new AdapterSource(lease.model().adapters().get(i).path(), lease.strengths().get(i)));
      }
    }
    return sources;
  }

  private static long bytes(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out)) {
      long bytes = 0;
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }
}
