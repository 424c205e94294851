package dev.fader.inspect.trace;

import dev.fader.model.Experts;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import dev.fader.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The texts of a corpus in which a neuron or a head does most.
///
/// What a neuron does at a token is its activation, the number that goes into `down`; what a head
/// does, the length of what it has gathered there. Texts stand in the order of the largest
/// magnitude in them: in gated networks activations of both signs say something. The tokens that
/// the tokenizer puts before each text do not count, since they say nothing of it and are often the
/// largest.
///
/// @param texts those in which it does most, that with the largest magnitude first
/// @param read how many texts were read
/// @param tokens of them that counted
/// @param mean of all tokens
/// @param deviation of all tokens
/// @param above the share of tokens at which it is above zero
public record ActivatingTexts(
    Part part,
    List<Text> texts,
    long read,
    long tokens,
    double mean,
    double deviation,
    double above) {

  /// What is looked at.
  public sealed interface Part {
    /// The layer that it is in.
    int layer();
  }

  /// A neuron of a feed-forward network; in a layer of experts, of the shared ones.
  public record Neuron(int layer, int neuron) implements Part {}

  /// A head of attention.
  public record Head(int layer, int head) implements Part {}

  /// A text that was read.
  ///
  /// @param number how many were read before it
  /// @param ids its tokens, and what was put before them
  /// @param values what the part does at each
  /// @param strongest the token that counts where it does most
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  public record Text(long number, int[] ids, float[] values, int strongest) {
    /// What the part does there.
    public float value() {
      return values[strongest];
    }

    /// What is no number is told before all others.
    private double magnitude() {
      float value = value();
      return Float.isNaN(value) ? Double.POSITIVE_INFINITY : Math.abs(value);
    }
  }

  /// Reads all texts, one at a time, up to the layer of the part.
  ///
  /// @param texts of at most as many tokens as the context; those without a token that counts are
  ///   left out
  /// @param most how many are told
  /// @throws IllegalArgumentException if the model does not have the part, none is to be told, or a
  ///   token is out of range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws java.util.concurrent.CancellationException if nobody waits for it any more
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for a text
  public static ActivatingTexts of(TracedModel model, Part part, Iterable<int[]> texts, int most) {
    var search = new Search(model, part, most);
    for (int[] ids : texts) {
      model.requireWanted();
      search.read(ids);
    }
    return search.result();
  }

  private static final class Search {
    private final TracedModel model;
    private final Part part;
    private final Place place;
    private final int most;
    private final int[] prefix;
    private final PriorityQueue<Text> found; // the weakest first, of equals the last one
    private long read;
    private long tokens;
    private long above;
    private double sum;
    private double squares;

    Search(TracedModel model, Part part, int most) {
      this.model = model;
      this.part = part;
      this.most = most;
      this.prefix = model.tokenizer().map(Tokenizer::prefixTokens).orElse(new int[0]);
      this.found =
          new PriorityQueue<>(
              Comparator.comparingDouble(Text::magnitude)
                  .thenComparing(Text::number, Comparator.reverseOrder()));
      if (most < 1) {
        throw new IllegalArgumentException(most + " texts are none: ask for at least one");
      }
      model.requireLayer(part.layer());
      this.place =
          switch (part) {
            case Neuron(int layer, int neuron) -> {
              requireNeuron(neuron, neurons(layer));
              yield Site.NEURONS.in(layer);
            }
            case Head(int layer, int head) -> {
              model.requireHead(head);
              yield Site.HEADS.in(layer);
            }
          };
    }

    private int neurons(int layer) {
      var feedForward = model.config().feedForward();
      return feedForward.experts(layer).map(Experts::sharedWidth).orElse(feedForward.width());
    }

    private void requireNeuron(int neuron, int neurons) {
      if (neurons == 0) {
        throw new IllegalArgumentException(
            "layer %d has no neurons of its own, only its experts have: choose a head, or another layer"
                .formatted(part.layer()));
      }
      if (neuron < 0 || neuron >= neurons) {
        throw new IllegalArgumentException(
            "there is no neuron %d: layer %d has neurons 0 to %d"
                .formatted(neuron, part.layer(), neurons - 1));
      }
    }

    void read(int[] ids) {
      long number = read++;
      int first = beginsWithPrefix(ids) ? prefix.length : 0;
      if (first == ids.length) {
        return;
      }
      var values = values(ids);
      int strongest = first;
      for (int t = first; t < values.length; t++) {
        float value = values[t];
        tokens++;
        sum += value;
        squares += (double) value * value;
        above += value > 0 ? 1 : 0;
        if (Math.abs(value) > Math.abs(values[strongest]) || Float.isNaN(value)) {
          strongest = t;
        }
      }
      found.add(new Text(number, ids, values, strongest));
      if (found.size() > most) {
        found.poll();
      }
    }

    private boolean beginsWithPrefix(int[] ids) {
      return ids.length >= prefix.length
          && Arrays.equals(ids, 0, prefix.length, prefix, 0, prefix.length);
    }

    private float[] values(int[] ids) {
      try (var pass = new TextPass(model, ids)) {
        var numbers = pass.observe(List.of(place)).at(place);
        var values = new float[ids.length];
        for (int t = 0; t < ids.length; t++) {
          values[t] = value(numbers, t);
        }
        return values;
      }
    }

    /// @param numbers (tokens, neurons) or (tokens, heads * value size)
    private float value(Tensor numbers, int t) {
      int columns = numbers.shape().size(1);
      return switch (part) {
        case Neuron(_, int neuron) -> numbers.get((long) t * columns + neuron);
        case Head(_, int head) -> {
          int size = columns / model.config().attention().heads();
          var gathered = new float[size];
          numbers.read((long) t * columns + (long) head * size, gathered, 0, size);
          double length = 0;
          for (float x : gathered) {
            length += (double) x * x;
          }
          yield (float) Math.sqrt(length);
        }
      };
    }

    ActivatingTexts result() {
      var texts = new ArrayList<Text>();
      while (!found.isEmpty()) {
        texts.add(found.poll());
      }
      double count = Math.max(1, tokens);
      double mean = sum / count;
      double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
      return new ActivatingTexts(
          part, List.copyOf(texts.reversed()), read, tokens, mean, deviation, above / count);
    }
  }
}
