package dev.fader.tune;

import dev.fader.data.DataException;
import dev.fader.evaluate.choice.ChoiceScorer;
import dev.fader.evaluate.choice.Likelihood;
import dev.fader.generate.SessionPool;
import dev.fader.generate.TextDelimiters;
import dev.fader.model.file.LoadedModel;
import java.util.ArrayList;
import java.util.List;

/// Tells texts apart by a model that was never tuned to: by how much more likely a text makes the
/// word for a label than it is without the text (Holtzman et al. 2021, arXiv:2104.08315), so that
/// neither frequent words nor short ones win. For use by one thread.
public final class LabelLikelihood implements AutoCloseable {
  /// Where the text stands in a question.
  public static final String TEXT = "{text}";

  /// Where the labels stand in a question: `positive or negative`.
  public static final String LABELS = "{labels}";

  /// What the model is asked if nothing else is.
  public static final String USUAL = TEXT + "\nIs this " + LABELS + "? It is";

  private final ChoiceScorer scorer;
  private final int context;
  private final Question question;
  private final List<Likelihood> without;

  /// What the model goes on from with the word for a label.
  ///
  /// @param prompt with [#TEXT] in it
  /// @param labels at least two
  public record Question(String prompt, List<String> labels) {
    public Question {
      labels = List.copyOf(labels);
      if (!prompt.contains(TEXT)) {
        throw new IllegalArgumentException(
            "'%s' has no %s in it, where the text is to stand".formatted(prompt, TEXT));
      }
      if (labels.size() < 2 || labels.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException(
            "%s: give at least two labels, none of them empty".formatted(labels));
      }
      if (labels.stream().map(String::strip).distinct().count() < labels.size()) {
        throw new IllegalArgumentException(
            "%s: a label is there twice, give each once".formatted(labels));
      }
    }

    String about(String text) {
      var some = String.join(", ", labels.subList(0, labels.size() - 1));
      return prompt.replace(LABELS, some + " or " + labels.getLast()).replace(TEXT, text);
    }
  }

  /// Opens a session of `pool`.
  ///
  /// @throws IllegalArgumentException if the model has no tokenizer
  @SuppressWarnings("exports") // of what computes, which only Fader's own modules see
  public LabelLikelihood(LoadedModel model, SessionPool pool, Question question) {
    var tokenizer =
        model
            .tokenizer()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    model.path() + " has no tokenizer, so it cannot read text"));
    this.question = question;
    this.context = model.config().context();
    this.scorer = new ChoiceScorer(pool, tokenizer, TextDelimiters.start(model), context);
    this.without = likelihoods("");
  }

  private List<Likelihood> likelihoods(String text) {
    try {
      return scorer.score(
          question.about(text), question.labels.stream().map(label -> " " + label).toList());
    } catch (IllegalArgumentException tooLong) {
      scorer.close();
      throw new DataException(String.valueOf(tooLong.getMessage()));
    }
  }

  /// The labels.
  public ClassLabels labels() {
    return new ClassLabels(question.labels, false, ClassPooling.LAST);
  }

  /// What is in a text.
  ///
  /// @throws DataException if the text, the question and a label do not fit the model's context
  public Classification classify(String text) {
    var scores = new ArrayList<Double>();
    var likelihoods = likelihoods(text);
    for (int label = 0; label < likelihoods.size(); label++) {
      int cut = likelihoods.get(label).cut();
      if (cut > 0) { // how the text begins would not count
        throw new DataException(
            "the text has %d tokens more than fit the model's context of %d, beside the question: shorten it"
                .formatted(cut, context));
      }
      scores.add(likelihoods.get(label).logProbability() - without.get(label).logProbability());
    }
    return Classification.of(scores, false);
  }

  /// Gives the session back.
  @Override
  public void close() {
    scorer.close();
  }
}
