package dev.fader;

import dev.fader.generate.Drafter;
import dev.fader.generate.ModelDrafter;
import dev.fader.generate.NgramDrafter;
import dev.fader.generate.Session;
import java.util.Optional;
import java.util.function.Supplier;

/// The drafter of a text or a chat, and what it owns.
///
/// @param drafter if drafts were asked for
/// @param model that drafts, if one does
/// @param session of that model
record Drafting(Optional<Drafter> drafter, Optional<LanguageModel> model, Optional<Session> session)
    implements AutoCloseable {

  /// Opens what `speculation` needs for texts of `capacity` tokens.
  ///
  /// @throws IllegalStateException if the draft model is closed
  static Drafting open(Optional<Speculation> speculation, long capacity) {
    if (speculation.isEmpty()) {
      return new Drafting(Optional.empty(), Optional.empty(), Optional.empty());
    }
    return switch (speculation.get()) {
      case Speculation.Ngrams(int draftTokens) ->
          new Drafting(
              Optional.of(new NgramDrafter(draftTokens)), Optional.empty(), Optional.empty());
      case Speculation.DraftModel(var model, int draftTokens) ->
          model.whileOpenToo(() -> ofModel(model, draftTokens, capacity));
    };
  }

  @SuppressWarnings("MustBeClosedChecker") // the drafting that is returned owns the session
  private static Drafting ofModel(LanguageModel model, int draftTokens, long capacity) {
    var session = model.session(capacity);
    try {
      var drafter = new ModelDrafter(session, model.draftVocabulary(), draftTokens);
      return new Drafting(Optional.of(drafter), Optional.of(model), Optional.of(session));
    } catch (RuntimeException | Error failed) {
      session.close();
      throw failed;
    }
  }

  /// Runs `work` while nobody can close the model that drafts.
  <T> T whileOpen(Supplier<T> work) {
    return model.isPresent() ? model.get().whileOpenToo(work) : work.get();
  }

  @Override
  public void close() {
    session.ifPresent(Session::close);
  }
}
