package dev.fader.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// A corpus as two token files, for training and for validation.
///
/// Built once and cached in a folder, under a key of the corpus contents, the tokenizer and the
/// split.
public final class Dataset implements AutoCloseable {
  /// The default fraction held out for validation.
  public static final double VALIDATION_FRACTION = 0.1;

  /// How to build the token files.
  ///
  /// @param encoder the tokenizer and the vocabulary size
  /// @param validationFraction how much to hold out, 0 to 0.5; 0 holds nothing out. It is never
  ///   more than 16 MiB of text
  /// @param cache the folder to keep the files in
  /// @param threads how many encode at the same time; the files are the same for any number
  public record Plan(Encoder encoder, double validationFraction, Path cache, int threads) {
    /// @throws IllegalArgumentException if a number is out of range
    public Plan {
      if (!(validationFraction >= 0 && validationFraction <= 0.5)) {
        throw new IllegalArgumentException(
            "a validation fraction of %s is not between 0 and 0.5".formatted(validationFraction));
      }
      if (threads < 1) {
        throw new IllegalArgumentException("%d threads are too few".formatted(threads));
      }
    }
  }

  /// A document that is held out, wholly or in part.
  ///
  /// @param place its file, and a line or a number in that
  /// @param bytes of text that are held out; 0 if it came as ids
  /// @param whole whether all of it is held out, or only its end
  public record HeldOutDocument(String place, long bytes, boolean whole) {}

  private final TokenFile training;
  private final TokenFile validation;

  private Dataset(TokenFile training, TokenFile validation) {
    this.training = training;
    this.validation = validation;
  }

  /// Opens the cached token files of a corpus, or builds them.
  ///
  /// @param validation data of its own to validate with; if there is some, nothing is held out
  /// @param announce receives notices for the user, a line each
  /// @throws DataException if the data cannot be learned from, or its tokens not be written
  public static Dataset prepare(
      Corpus training, Optional<Corpus> validation, Plan plan, Consumer<String> announce) {
    var key = key(training, validation, plan, announce);
    var target = new Target(plan.cache(), plan.encoder().vocabularySize(), key);
    PartialFile.sweep(plan.cache());
    if (!target.isThere(announce)) {
      announce.accept("tokenising %s".formatted(training.name()));
      make(new Corpora(training, validation), plan, target, announce);
    }
    var dataset = target.open();
    announce.accept(dataset.summary());
    return dataset;
  }

  private static String key(
      Corpus training, Optional<Corpus> validation, Plan plan, Consumer<String> announce) {
    var digest = Corpus.sha256();
    var trainingKey = training.fingerprint();
    var validationKey = validation.map(Corpus::fingerprint).orElse("held out");
    if (trainingKey.equals(validationKey)) {
      announce.accept(
          "warning: the validation data is the training data, so validation cannot show overfitting");
    }
    var all =
        String.join(
            "\n",
            "fader dataset 2",
            trainingKey,
            validationKey,
            plan.encoder().fingerprint(),
            Double.toString(plan.validationFraction()));
    digest.update(all.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  private record Corpora(Corpus training, Optional<Corpus> validation) {}

  private static void make(Corpora corpora, Plan plan, Target target, Consumer<String> announce) {
    var place = new Tokenization.Place(plan.cache(), plan.threads(), announce);
    var all = new Split.Nothing(SplitMethod.NOTHING);
    try {
      if (corpora.validation().isPresent()) {
        try (var tokenized = Tokenization.run(corpora.validation().get(), plan.encoder(), place)) {
          TokenFileWriter.write(
              tokenized, new TokenFileWriter.Side(all, false), target.validation());
        }
      }
      try (var tokenized = Tokenization.run(corpora.training(), plan.encoder(), place)) {
        Split split = all;
        if (corpora.validation().isEmpty()) {
          split = SplitSelection.of(tokenized, plan.encoder(), plan.validationFraction());
          TokenFileWriter.write(
              tokenized, new TokenFileWriter.Side(split, true), target.validation());
        }
        TokenFileWriter.write(tokenized, new TokenFileWriter.Side(split, false), target.training());
      }
    } catch (IOException failed) {
      throw DataException.unwritable(plan.cache(), failed);
    }
  }

  /// The training tokens.
  public TokenFile training() {
    return training;
  }

  /// The validation tokens, if any are held out.
  public Optional<TokenFile> validation() {
    return validation.documents() == 0 ? Optional.empty() : Optional.of(validation);
  }

  /// Lists the held-out documents in order, or all of a separate validation corpus. Reads the
  /// corpora again.
  public void forEachHeldOut(
      Corpus training, Optional<Corpus> validation, Consumer<HeldOutDocument> found) {
    // A separate validation corpus has no split: all its documents are in the "training" part.
    var documents = new HeldOutDocuments(this.validation.header().split(), found);
    documents.find(validation.orElse(training), validation.isEmpty());
  }

  /// A checksum (SHA-256, hexadecimal) of what the token files were made from: the contents of the
  /// corpora, the tokenizer, the vocabulary and the split. A resumed run must have the same.
  public String fingerprint() {
    return training.header().key();
  }

  /// One line about what there is to learn from and what is held out.
  public String summary() {
    var learned =
        String.format(
            Locale.ROOT,
            "data: %,d tokens in %,d %s%s to learn from",
            training.tokens(),
            training.documents(),
            training.layout() == TokenFile.Layout.PACKED ? "document" : "sequence",
            training.documents() == 1 ? "" : "s");
    if (validation().isEmpty()) {
      return learned + "; " + training.header().split().method().description();
    }
    var held = String.format(Locale.ROOT, "; %,d to validate with", validation.tokens());
    return training.header().split().method() == SplitMethod.NOTHING
        ? learned + held
        : learned + held + ": " + training.header().split().method().description();
  }

  /// Unmaps both files, which stay where they are.
  @Override
  public void close() {
    training.close();
    validation.close();
  }

  /// The two files of one key. Validation is written first: where there is a training file, both
  /// are.
  private record Target(Path folder, int vocabularySize, String key) {
    TokenFileWriter.Target training() {
      return named("training");
    }

    TokenFileWriter.Target validation() {
      return named("validation");
    }

    private TokenFileWriter.Target named(String side) {
      var name = "%s-%.16s.tokens".formatted(side, key);
      return new TokenFileWriter.Target(folder.resolve(name), vocabularySize, key);
    }

    boolean isThere(Consumer<String> announce) {
      if (!Files.exists(training().path())) {
        return false;
      }
      try (var dataset = open()) {
        return dataset.fingerprint().equals(key) && dataset.validation.header().key().equals(key);
      } catch (DataException damaged) {
        announce.accept(damaged.getMessage());
        return false;
      }
    }

    Dataset open() {
      var training = TokenFile.open(training().path());
      try {
        return new Dataset(training, TokenFile.open(validation().path()));
      } catch (DataException failed) {
        training.close();
        throw failed;
      }
    }
  }
}
