package dev.fader.inspect.trace;

import dev.fader.model.Place;
import dev.fader.model.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// What the heads of a model do, by the usual test (Olsson et al. 2022): the model reads random
/// tokens twice, and each head's attention in the second half is averaged by where it goes. Nothing
/// but the repetition can be learned from such a text.
///
/// @param heads by layer
public record HeadRoles(List<Head> heads) {
  /// A head whose attention goes to one place by this much on average has its name.
  public static final double NAMED = 0.4;

  /// Tokens that are repeated, if the context has room.
  private static final int REPEATED = 50;

  /// What heads are named after.
  public enum Name {
    /// Attends to the token before.
    PREVIOUS_TOKEN,
    /// Attends to what followed the same token the last time, and so can copy it.
    INDUCTION,
    /// Attends to the same token the last time.
    DUPLICATE_TOKEN,
    /// Attends to the first token of the text, as heads do that rest.
    FIRST_TOKEN,
    /// Attends to the token itself.
    CURRENT_TOKEN
  }

  /// The mean attention of a head to each place.
  public record Head(int layer, int head, Map<Name, Double> scores) {
    public Head {
      scores = Map.copyOf(scores);
    }

    public double score(Name name) {
      return scores.getOrDefault(name, 0.0);
    }

    /// What it is named.
    public List<Name> names() {
      return Arrays.stream(Name.values()).filter(name -> score(name) >= NAMED).toList();
    }
  }

  /// Tests all heads, with random tokens of this seed.
  ///
  /// @throws IllegalArgumentException if the context or the vocabulary has no room for three tokens
  ///   twice
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the text
  public static HeadRoles of(TracedModel model, long seed) {
    int[] prefix = model.tokenizer().map(own -> own.prefixTokens()).orElse(new int[0]);
    int[] usable = usable(model);
    int room = (model.config().context() - prefix.length) / 2;
    int repeated = Math.min(REPEATED, Math.min(room, usable.length));
    if (repeated < 3) {
      throw new IllegalArgumentException(
          "a context of %d and %d tokens to choose from: too few to repeat three"
              .formatted(model.config().context(), usable.length));
    }
    return of(model, repeated, text(prefix, usable, repeated, new SplittableRandom(seed)));
  }

  /// All tokens that texts are made of.
  private static int[] usable(TracedModel model) {
    int vocabulary = model.config().vocabularySize();
    var tokenizer = model.tokenizer();
    return IntStream.range(0, vocabulary)
        .filter(id ->
            tokenizer.isEmpty()
                || (id < tokenizer.get().vocabularySize() && !tokenizer.get().isAdded(id)))
        .toArray();
  }

  /// Different tokens, twice.
  private static int[] text(int[] prefix, int[] usable, int repeated, SplittableRandom random) {
    var ids = Arrays.copyOf(prefix, prefix.length + 2 * repeated);
    for (int i = 0; i < repeated; i++) {
      int other = random.nextInt(i, usable.length);
      int chosen = usable[other];
      usable[other] = usable[i];
      usable[i] = chosen;
      ids[prefix.length + i] = chosen;
      ids[prefix.length + repeated + i] = chosen;
    }
    return ids;
  }

  private static HeadRoles of(TracedModel model, int repeated, int[] ids) {
    var places = new ArrayList<Place>();
    for (int layer = 0; layer < model.config().layers(); layer++) {
      places.add(Site.STATES.in(layer));
    }
    try (var pass = new TextPass(model, ids)) {
      var seen = pass.observe(places);
      var heads = new ArrayList<Head>();
      for (var place : places) {
        int layer = place.layer();
        var states = AttentionStates.of(model, seen.at(place), layer);
        for (int head = 0; head < model.config().attention().heads(); head++) {
          var map = states.map(head);
          heads.add(new Head(layer, head, scores(map.weights(), repeated)));
        }
      }
      return new HeadRoles(List.copyOf(heads));
    }
  }

  /// Over the second half, but its first token, whose predecessor there is another.
  private static Map<Name, Double> scores(float[][] weights, int repeated) {
    var scores = new EnumMap<Name, Double>(Name.class);
    for (var name : Name.values()) {
      double sum = 0;
      for (int t = weights.length - repeated + 1; t < weights.length; t++) {
        sum += weights[t][place(name, t, repeated)];
      }
      scores.put(name, sum / (repeated - 1));
    }
    return scores;
  }

  /// Where a head of this name attends to.
  private static int place(Name name, int t, int repeated) {
    return switch (name) {
      case PREVIOUS_TOKEN -> t - 1;
      case INDUCTION -> t - repeated + 1;
      case DUPLICATE_TOKEN -> t - repeated;
      case FIRST_TOKEN -> 0;
      case CURRENT_TOKEN -> t;
    };
  }
}
