package dev.fader.app.cli.option;

import dev.fader.generate.Drafter;
import dev.fader.generate.ModelDrafter;
import dev.fader.generate.NgramDrafter;
import dev.fader.generate.Session;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What makes writing faster: tokens that are drafted, so that the model reads several in one pass,
/// and zeros that are skipped.
public final class SpeedOptions {
  private static final String NGRAM = "ngram";
  private static final int NGRAM_TOKENS = 8;
  private static final int MODEL_TOKENS = 5;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--speculate",
      paramLabel = "ngram|MODEL",
      description =
          "Drafts tokens that the model checks several at a time: from what stood before in the"
              + " text, or by a smaller model of the same vocabulary. Greedy text stays as it is, and so"
              + " does sampled text with ngram; a model keeps the probabilities.")
  private @Nullable String source;

  @Option(
      names = "--draft-tokens",
      paramLabel = "N",
      description = "Tokens of a draft, 1 to 15; default 8 for ngram, 5 for a model.")
  private @Nullable Integer draftTokens;

  @Option(
      names = "--sparse",
      description =
          "Skips the neurons that ReLU, relu2 or drelu makes zero, in models that have it; takes a"
              + " copy of a third of the feed-forward weights, of half where there is no gate.")
  private boolean sparse;

  SpeedOptions() {}

  /// Opens the model that writes. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public LoadedModel open(ModelArgument model, Engine engine) throws IOException {
    return model.open(engine, sparse);
  }

  /// A drafter, if one was asked for, and what it owns.
  public record Drafting(
      Optional<Drafter> drafter, Optional<Session> session, Optional<LoadedModel> model)
      implements AutoCloseable {
    static final Drafting NONE = new Drafting(Optional.empty(), Optional.empty(), Optional.empty());

    @Override
    public void close() {
      session.ifPresent(Session::close);
      model.ifPresent(LoadedModel::close);
    }
  }

  /// Opens what was asked for. The caller closes it.
  ///
  /// @param capacity tokens of the texts at most
  /// @param sessions how the weights of a draft model are kept
  /// @throws ParameterException if the number of tokens is out of range, or of nothing
  /// @throws IOException if the draft model cannot be read
  public Drafting open(Engine engine, int capacity, SessionOptions sessions) throws IOException {
    if (source == null) {
      if (draftTokens != null) {
        throw misuse(
            "--draft-tokens is the length of drafts: say where they come from, with --speculate"
                + " ngram or a model");
      }
      return Drafting.NONE;
    }
    boolean byNgrams = source.equals(NGRAM);
    int most = draftTokens != null ? draftTokens : byNgrams ? NGRAM_TOKENS : MODEL_TOKENS;
    try {
      Drafter.requireDraftTokens(most);
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
    return byNgrams
        ? new Drafting(Optional.of(new NgramDrafter(most)), Optional.empty(), Optional.empty())
        : ofModel(Path.of(source), engine, capacity, most, sessions);
  }

  @SuppressWarnings("MustBeClosedChecker") // what is returned closes both
  private static Drafting ofModel(
      Path path, Engine engine, int capacity, int most, SessionOptions sessions)
      throws IOException {
    var model = ModelArgument.open(path, engine, false);
    try {
      sessions.prepare(model.decoder(), ActivationType.AUTOMATIC);
      int room = Math.min(capacity, model.config().context());
      var session = new Session(model.decoder(), engine.kernels(), engine.memory(), room);
      return new Drafting(
          Optional.of(drafter(session, model, most)), Optional.of(session), Optional.of(model));
    } catch (RuntimeException | Error failed) {
      model.close();
      throw failed;
    }
  }

  private static Drafter drafter(Session session, LoadedModel model, int most) {
    try {
      return new ModelDrafter(session, model.tokenizer(), most);
    } catch (RuntimeException | Error failed) {
      session.close();
      throw failed;
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
