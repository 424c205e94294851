package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.RecipeFile;
import dev.fader.app.cli.option.RecipeFile.Flags;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.TokenFile;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The text that a run of `train` did not learn from: what it held out of its data, or the
/// validation data it was given. Found again from what `recipe.json` says of the run.
final class HeldOutText implements AutoCloseable {
  /// The checksum of all that the run read, as `recipe.json` names it.
  static final String FINGERPRINT = "data-fingerprint";

  private final Corpus corpus;
  private final Optional<Corpus> validation;
  private final Dataset dataset;

  private HeldOutText(Corpus corpus, Optional<Corpus> validation, Dataset dataset) {
    this.corpus = corpus;
    this.validation = validation;
    this.dataset = dataset;
  }

  /// Reads the text of the run that wrote `model`.
  ///
  /// @throws IOException if it is not from a run of `train`, or its text is not what it was
  @SuppressWarnings("MustBeClosedChecker")
  static HeldOutText of(LoadedModel model, int threads, Consumer<String> notices)
      throws IOException {
    var flags = flags(model.path());
    var corpus = open(flags.all("data"), flags, notices);
    Optional<Corpus> validation = Optional.empty();
    try {
      if (!flags.all("val-data").isEmpty()) {
        validation = Optional.of(open(flags.all("val-data"), flags, notices));
      }
      var encoder =
          corpus.holdsIds()
              ? Encoder.ofIds(model.config().vocabularySize())
              : Encoder.of(
                  model
                      .tokenizer()
                      .orElseThrow(() ->
                          new IOException(
                              model.path() + " has no tokenizer, and the run read text")));
      double fraction =
          flags.one("val-fraction").map(Double::valueOf).orElse(Dataset.VALIDATION_FRACTION);
      var plan = new Dataset.Plan(encoder, fraction, Caches.data(), threads);
      var dataset = Dataset.prepare(corpus, validation, plan, notices);
      if (!flags.one(FINGERPRINT).orElse(dataset.fingerprint()).equals(dataset.fingerprint())) {
        dataset.close();
        throw new IOException(
            "%s: the text it learned from, or how this version of Fader reads it, has changed since, so what was held out is not known: %s; measure another text with --data"
                .formatted(model.path(), String.join(" ", flags.all("data"))));
      }
      return new HeldOutText(corpus, validation, dataset);
    } catch (IOException | RuntimeException | Error failed) {
      validation.ifPresent(Corpus::close);
      corpus.close();
      throw failed;
    }
  }

  private static Flags flags(Path model) throws IOException {
    if (!Files.exists(model.resolve(RecipeFile.NAME))) {
      throw new IOException(
          "%s is not the directory of a run of train: it has no %s; measure another text with --data"
              .formatted(model, RecipeFile.NAME));
    }
    var flags = RecipeFile.read(model);
    if (flags.all("data").contains("-") || flags.all("val-data").contains("-")) {
      throw new IOException(
          "%s learned from standard input, which cannot be read again; give what was held out with --data"
              .formatted(model));
    }
    return flags;
  }

  private static Corpus open(List<String> names, Flags flags, Consumer<String> notices) {
    return Corpus.open(
        new Corpus.Request(names, flags.one("glob"), System.in, Caches.data()), notices);
  }

  /// Its tokens.
  ///
  /// @throws IOException if there is none
  TokenFile tokens() throws IOException {
    return dataset
        .validation()
        .orElseThrow(
            () -> new IOException("the run held nothing out; measure another text with --data"));
  }

  /// Its documents, in order; all of those that were given to validate with.
  List<Dataset.HeldOutDocument> documents() {
    var documents = new ArrayList<Dataset.HeldOutDocument>();
    dataset.forEachHeldOut(corpus, validation, documents::add);
    return documents;
  }

  @Override
  public void close() {
    dataset.close();
    validation.ifPresent(Corpus::close);
    corpus.close();
  }
}
