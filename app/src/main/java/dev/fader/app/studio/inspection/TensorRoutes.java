package dev.fader.app.studio.inspection;

import dev.fader.app.view.Json;
import dev.fader.app.view.SliceText;
import dev.fader.app.view.TensorView;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.NoSuchTensorException;
import dev.fader.inspect.tensor.Spectrum;
import dev.fader.inspect.tensor.TensorCell;
import dev.fader.inspect.tensor.TensorEntry;
import dev.fader.inspect.tensor.TensorMap;
import dev.fader.inspect.tensor.TensorPattern;
import dev.fader.inspect.tensor.TensorScan;
import dev.fader.inspect.tensor.TensorSlice;
import dev.fader.inspect.tensor.TensorSlice.Range;
import dev.fader.inspect.tensor.TensorWarning;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/// The tensors of a model's files, and the numbers in them.
final class TensorRoutes {
  private static final String PATH = InspectionRoutes.PATH + "tensors";
  private static final long LISTED_BYTES = 2000; // of heap, that a tensor takes in a list
  private static final long MEASURED_BYTES = 40_000; // with its histogram
  private static final int LONGEST_PATTERN = 256;
  private static final int MOST_SHOWN = 1 << 16; // numbers of a slice
  private static final int USUAL_SINGULAR = 64;
  private static final int MOST_SINGULAR = 1024;

  private final ModelFile files;
  private final Turns scans;
  private final Turns looks;

  /// @param scans turns of what takes long
  /// @param looks turns of what is read of one tensor, which need not wait until a scan has ended
  TensorRoutes(ModelFile files, Turns scans, Turns looks) {
    this.files = files;
    this.scans = scans;
    this.looks = looks;
  }

  List<Route> routes() {
    return List.of(
        Route.post(PATH, this::list),
        Route.post(PATH + "/scan", this::scan),
        about("/statistics", this::statistics),
        about("/slice", TensorRoutes::slice),
        about("/cell", TensorRoutes::cell),
        about("/spectrum", this::spectrum),
        about("/map", this::map));
  }

  /// What is asked about one tensor.
  private record Question(Exchange exchange, BodyFields body, ModelTensor tensor) {}

  /// Answers it.
  @FunctionalInterface
  private interface Look {
    Map<String, Object> at(Question question) throws InterruptedException;
  }

  private Route about(String path, Look look) {
    return Route.post(
        PATH + path,
        exchange -> {
          long start = System.nanoTime();
          var body = BodyFields.of(exchange.body());
          try (var tensors = files.open(body)) {
            var question = new Question(exchange, body, find(tensors, body));
            Answers.send(exchange, told(look, question), start);
          }
        });
  }

  private static Map<String, Object> told(Look look, Question question)
      throws InterruptedException {
    try {
      return look.at(question);
    } catch (IndexOutOfBoundsException | UnsupportedOperationException none) {
      var error = new ApiException(ApiException.Kind.INVALID, String.valueOf(none.getMessage()));
      error.initCause(none);
      throw error;
    }
  }

  private static ModelTensor find(ModelTensors tensors, BodyFields body) {
    var name = body.requiredText("tensor");
    return tensors
        .find(name)
        .orElseThrow(() -> {
          var names = tensors.all().stream().map(tensor -> tensor.entry().name()).toList();
          return ApiException.invalid(
              "tensor",
              String.valueOf(
                  NoSuchTensorException.of(new TensorPattern(name), names).getMessage()));
        });
  }

  private void list(Exchange exchange) {
    long start = System.nanoTime();
    try (var tensors = files.open(BodyFields.of(exchange.body()))) {
      reserve(exchange, tensors.all(), LISTED_BYTES);
      var list = new ArrayList<Map<String, Object>>();
      long parameters = 0;
      long bytes = 0;
      for (var tensor : tensors.all()) {
        list.add(listed(tensor));
        parameters += tensor.entry().elements();
        bytes += tensor.entry().bytes();
      }
      Answers.send(
          exchange, Json.object("tensors", list, "parameters", parameters, "bytes", bytes), start);
    }
  }

  private static void reserve(
      Exchange exchange, Iterable<ModelTensor> tensors, long bytesOfTensor) {
    long bytes = 0;
    for (var tensor : tensors) {
      bytes += bytesOfTensor + 4L * tensor.entry().name().length();
    }
    exchange.reserve(bytes);
  }

  private static Map<String, Object> listed(ModelTensor tensor) {
    var entry = tensor.entry();
    return Json.object(
        "name", entry.name(),
        "type", entry.type(),
        "shape", entry.shape(),
        "parameters", entry.elements(),
        "bytes", entry.bytes(),
        "bits_per_weight", entry.bitsPerWeight(),
        "decoded", tensor.isReadable());
  }

  /// Tells of one tensor after another, and of what is odd at the end.
  private void scan(Exchange exchange) throws InterruptedException {
    long start = System.nanoTime();
    var body = BodyFields.of(exchange.body());
    try (var tensors = files.open(body)) {
      var chosen = chosen(tensors, body);
      reserve(exchange, chosen, LISTED_BYTES);
      exchange.reserve(MEASURED_BYTES);
      var end = scans.inTurn(exchange, () -> scan(exchange, chosen));
      exchange.events().send(Json.tree(Answers.timed(end, start)));
    }
  }

  private Map<String, Object> scan(Exchange exchange, List<ModelTensor> chosen) {
    try (var scan = new Scan()) {
      var events = exchange.events();
      for (var tensor : chosen) {
        scan.read(tensor).ifPresent(told -> events.send(Json.tree(told)));
        exchange.requireClient();
      }
      return scan.end();
    }
  }

  private static List<ModelTensor> chosen(ModelTensors tensors, BodyFields body) {
    var pattern = body.text("pattern").orElse("*");
    if (pattern.length() > LONGEST_PATTERN) {
      throw ApiException.invalid(
          "pattern",
          "`pattern` has %d characters, and may have at most %d"
              .formatted(pattern.length(), LONGEST_PATTERN));
    }
    try {
      return tensors.matching(pattern);
    } catch (NoSuchTensorException none) {
      throw ApiException.invalid("pattern", String.valueOf(none.getMessage()));
    }
  }

  /// Many tensors, one after another.
  private final class Scan implements AutoCloseable {
    private final TensorScan scan = TensorScan.on(files.threads());
    private final List<TensorWarning> warnings = new ArrayList<>();
    private final List<TensorEntry> unread = new ArrayList<>();

    Optional<Map<String, Object>> read(ModelTensor tensor) {
      if (!tensor.isReadable()) {
        unread.add(tensor.entry());
        return Optional.empty();
      }
      var statistics = scan.scan(tensor);
      warnings.addAll(TensorWarning.of(statistics));
      return Optional.of(TensorView.of(statistics, Optional.empty()));
    }

    Map<String, Object> end() {
      warnings.sort(Comparator.comparing(TensorWarning::kind));
      return Json.object(
          "done", true,
          "warnings", TensorView.warnings(warnings),
          "not_decoded", unread.stream().map(TensorView::of).toList());
    }

    @Override
    public void close() {
      scan.close();
    }
  }

  private Map<String, Object> statistics(Question question) throws InterruptedException {
    var statistics = scanned(question, scan -> scan.scan(question.tensor));
    var object = TensorView.of(statistics, Optional.empty());
    object.put("warnings", TensorView.warnings(TensorWarning.of(statistics)));
    return object;
  }

  private <T> T scanned(Question question, Function<TensorScan, T> look)
      throws InterruptedException {
    return looks.inTurn(
        question.exchange,
        () -> {
          try (var scan = TensorScan.on(files.threads())) {
            return look.apply(scan);
          }
        });
  }

  private static Map<String, Object> slice(Question question) {
    var entry = question.tensor.entry();
    var place = SliceText.parse("slice", question.body.requiredText("slice"));
    var rows = place.rows(entry.rows());
    var columns = place.columns(entry.columns());
    if (rows.count() > 0 && columns.count() > MOST_SHOWN / rows.count()) {
      throw ApiException.invalid(
          "slice",
          "%d x %d numbers are too many to show: at most %d"
              .formatted(rows.count(), columns.count(), MOST_SHOWN));
    }
    question.exchange.reserve(MOST_SHOWN * JsonText.BYTES_OF_NUMBER);
    return TensorView.of(TensorSlice.of(question.tensor, rows, columns));
  }

  private static Map<String, Object> cell(Question question) {
    return TensorView.of(
        TensorCell.of(
            question.tensor, index(question.body, "row"), index(question.body, "column")));
  }

  private static long index(BodyFields body, String name) {
    return body.wholeLong(name, 0, Long.MAX_VALUE).orElseThrow(() -> body.missing(name));
  }

  private Map<String, Object> spectrum(Question question) throws InterruptedException {
    int count = question.body.whole("count", 1, MOST_SINGULAR).orElse(USUAL_SINGULAR);
    question.exchange.reserve(Spectrum.heapBytes(question.tensor.entry(), count));
    var gone = new AtomicBoolean();
    question.exchange.whenGone(() -> gone.set(true));
    var found = scans.inTurn(question.exchange, () -> spectrum(question, count, gone));
    var object = Json.object("tensor", question.tensor.entry().name());
    object.putAll(TensorView.of(found));
    return object;
  }

  private Spectrum spectrum(Question question, int count, AtomicBoolean gone) {
    try (var engine = files.engine()) {
      return Spectrum.of(question.tensor, count, engine, gone::get);
    } catch (CancellationException left) {
      question.exchange.requireClient();
      throw left;
    }
  }

  private Map<String, Object> map(Question question) throws InterruptedException {
    var entry = question.tensor.entry();
    var body = question.body;
    var frame =
        new TensorMap.Frame(
            range(body, "rows", entry.rows()),
            range(body, "columns", entry.columns()),
            body.whole("height", 1, TensorMap.MOST).orElse(TensorMap.MOST),
            body.whole("width", 1, TensorMap.MOST).orElse(TensorMap.MOST));
    TensorMap drawn = scanned(question, scan -> scan.map(question.tensor, frame));
    return TensorView.of(drawn);
  }

  /// From a number on to another, which is left out; all if there is none.
  private static Range range(BodyFields body, String name, long count) {
    var ends = new ArrayList<Long>();
    for (var end : body.list(name, 2)) {
      if (!end.isIntegralNumber() || !end.canConvertToLong() || end.longValue() < 0) {
        throw body.wrong(name, "two whole numbers from 0 on");
      }
      ends.add(end.longValue());
    }
    if (ends.size() == 1) {
      throw body.wrong(name, "two whole numbers: the first, and the one behind the last");
    }
    return ends.isEmpty() ? new Range(0, count) : new Range(ends.getFirst(), ends.getLast());
  }
}
