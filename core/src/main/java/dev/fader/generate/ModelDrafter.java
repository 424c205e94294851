package dev.fader.generate;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/// Drafts with a smaller model of the same vocabulary, which samples by the same settings. The
/// drafted tokens are kept or replaced by rejection sampling, which keeps the distribution of the
/// text (Leviathan et al. 2023, arXiv:2211.17192; Chen et al. 2023, arXiv:2302.01318); greedy text
/// is the same.
///
/// Where the draft model's context is full, nothing is drafted.
public final class ModelDrafter extends Drafter {
  /// Makes other random numbers of the seed than the model's sampler has.
  private static final long OTHER_SEED = 0x9E3779B97F4A7C15L;

  private final Session session;
  private final DraftVocabulary vocabulary;
  private int[] known = {}; // what the session has read of the text
  private boolean begun; // whether the session has read some of it
  private Optional<DraftedText> drafted = Optional.empty();
  private Optional<Sampler> sampler = Optional.empty();

  /// A drafter on a session of the draft model, which nothing else uses and the caller closes.
  ///
  /// @param tokenizer of the draft model, if it has one
  /// @param draftTokens tokens of a draft at most, from 1 to 15
  /// @throws IllegalArgumentException if it is out of range
  public ModelDrafter(Session session, Optional<Tokenizer> tokenizer, int draftTokens) {
    this(session, new DraftVocabulary(tokenizer), draftTokens);
  }

  /// The same with a vocabulary that several drafters of a model share.
  public ModelDrafter(Session session, DraftVocabulary vocabulary, int draftTokens) {
    super(draftTokens);
    this.session = session;
    this.vocabulary = vocabulary;
  }

  @Override
  void requireVocabulary(int size, Optional<Tokenizer> target) {
    if (session.vocabularySize() != size) {
      throw new IllegalArgumentException(
          "the draft model has a vocabulary of %d and the model one of %d: a draft model must have"
                  .formatted(session.vocabularySize(), size)
              + " the model's tokenizer and number of ids; name another, or draft by n-grams");
    }
    target.ifPresent(vocabulary::require);
  }

  @Override
  void begin(DraftedText text) {
    drafted = Optional.of(text);
    begun = false;
    var settings = text.settings().withSeed(text.settings().seed() ^ OTHER_SEED);
    sampler = Optional.of(new Sampler(settings, text.tokenizer()));
  }

  @Override
  void draft(Draft draft, int[] text, int length) {
    var about = drafted.orElseThrow();
    if (length > session.capacity()) {
      return;
    }
    rewind(text, length);
    int from = session.length();
    var rest = Arrays.copyOfRange(text, from, length);
    var logits = session.readUnless(about.stop(), rest);
    note(text, from);
    if (logits.isPresent()) {
      continueWith(logits.get(), draft, text, length);
    }
  }

  /// Keeps what the session has read of the text: first of an earlier one, then all but drafted
  /// tokens that were wrong.
  private void rewind(int[] text, int length) {
    if (!begun) {
      session.rewindTo(Arrays.copyOf(text, length));
      note(text, 0);
      begun = true;
      return;
    }
    int same = Math.min(session.length(), length - 1);
    int differs = Arrays.mismatch(known, 0, same, text, 0, same);
    session.truncate(differs < 0 ? same : differs);
  }

  private void continueWith(float[] first, Draft draft, int[] text, int length) {
    var own = sampler.orElseThrow();
    own.follow(drafted.orElseThrow().sampler());
    var logits = first;
    int end = length;
    while (draft.mask(logits)) {
      int id = own.draft(logits, text, end, draft.nextDistribution());
      if (!draft.add(id) || draft.isFull() || session.length() == session.capacity()) {
        return;
      }
      text[end] = id;
      logits = session.append(id);
      note(text, end++);
    }
  }

  /// Notes what the session has read since its length was `from`.
  private void note(int[] text, int from) {
    int end = session.length();
    if (known.length < end) {
      known = Arrays.copyOf(known, Math.max(end, text.length));
    }
    System.arraycopy(text, from, known, from, end - from);
  }
}
