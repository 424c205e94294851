package dev.fader.evaluate.choice;

import dev.fader.generate.Prediction;
import dev.fader.generate.Session;
import dev.fader.generate.SessionBatch;
import dev.fader.generate.SessionPool;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The likelihood of each of several texts after another, as lm-evaluation-harness computes it.
///
/// What comes first is read once for all of them, and what it has in common with the one before it
/// not again; the texts that may follow are read together. Owned by one caller.
public final class ChoiceScorer implements AutoCloseable {
  /// Choices that are read together.
  private static final int TOGETHER = 16;

  private final SessionPool pool;
  private final Tokenizer tokenizer;
  private final int[] start;
  private final Session session;

  /// A scorer with a session of its own.
  ///
  /// @param start tokens to begin with where there is no text before the choices
  /// @param context tokens to read at most, no more than the model's context
  @SuppressWarnings("exports") // of what computes, which only Fader's own modules see
  public ChoiceScorer(SessionPool pool, Tokenizer tokenizer, int[] start, int context) {
    this.pool = pool;
    this.tokenizer = tokenizer;
    this.start = start.clone();
    this.session = pool.open(context);
  }

  /// The likelihoods of `choices`, each right after `context`.
  ///
  /// @throws IllegalArgumentException if a choice has no tokens, or does not fit
  public List<Likelihood> score(String context, List<String> choices) {
    return scores(
        choices.stream()
            .map(choice -> ContinuationTokens.of(tokenizer, start, context, choice))
            .toList());
  }

  /// The likelihoods of `choices`, each right after the tokens `before`, as of a conversation.
  ///
  /// @throws IllegalArgumentException if there is nothing before, a choice has no tokens, or does
  ///   not fit
  public List<Likelihood> score(int[] before, List<String> choices) {
    if (before.length == 0) {
      throw new IllegalArgumentException("there are no tokens before the choices: give at least 1");
    }
    return scores(
        choices.stream()
            .map(choice -> ContinuationTokens.after(before, tokenizer, choice))
            .toList());
  }

  private List<Likelihood> scores(List<ContinuationTokens> whole) {
    var tokens = whole.stream().map(some -> some.within(session.capacity())).toList();
    boolean alike =
        tokens.stream().allMatch(some -> Arrays.equals(some.before(), tokens.getFirst().before()));
    var sums = tokens.stream().map(Sum::new).toList();
    if (alike) {
      readTogether(sums);
    } else {
      sums.forEach(this::readAlone); // each was cut otherwise
    }
    return sums.stream().map(Sum::likelihood).toList();
  }

  private void readTogether(List<Sum> sums) {
    float[] first = readBefore(sums.getFirst().tokens);
    for (int from = 0; from < sums.size(); from += TOGETHER) {
      var some = sums.subList(from, Math.min(from + TOGETHER, sums.size()));
      var forks = new ArrayList<Session>();
      try {
        var batch = new SessionBatch();
        for (var sum : some) {
          sum.add(first);
          if (sum.rest().length > 0) {
            var fork = session.fork();
            forks.add(fork);
            batch.add(fork, sum.rest(), position -> true, (position, logits) -> sum.add(logits));
          }
        }
        pool.read(batch);
      } finally {
        forks.forEach(Session::close);
      }
    }
  }

  private void readAlone(Sum sum) {
    sum.add(readBefore(sum.tokens));
    if (sum.rest().length > 0) {
      session.read(sum.rest(), position -> true, (position, logits) -> sum.add(logits));
    }
  }

  /// The logits after what stands before a choice.
  private float[] readBefore(ContinuationTokens tokens) {
    int[] before = tokens.before();
    int kept = session.rewindTo(before);
    return session.read(Arrays.copyOfRange(before, kept, before.length));
  }

  /// The likelihood of a choice as far as it was read.
  private static final class Sum {
    private final ContinuationTokens tokens;
    private double logProbability;
    private boolean greedy = true;
    private int count;

    Sum(ContinuationTokens tokens) {
      this.tokens = tokens;
    }

    /// All but the last token: what comes after that is not asked for.
    int[] rest() {
      return Arrays.copyOf(tokens.continuation(), tokens.continuation().length - 1);
    }

    /// Adds the next token, with the logits before it.
    void add(float[] logits) {
      int id = tokens.continuation()[count];
      logProbability -= Prediction.of(count, logits).loss(id);
      greedy &= isLargest(logits, id);
      count++;
    }

    private static boolean isLargest(float[] logits, int id) {
      for (int other = 0; other < logits.length; other++) {
        if (logits[other] > logits[id] || (logits[other] == logits[id] && other < id)) {
          return false;
        }
      }
      return true;
    }

    Likelihood likelihood() {
      return new Likelihood(logProbability, greedy, count, tokens.cut());
    }
  }

  /// Gives the memory of the session back; the pool stays.
  @Override
  public void close() {
    session.close();
  }
}
