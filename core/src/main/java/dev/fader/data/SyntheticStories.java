package dev.fader.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// Small stories told by a grammar, one document each: training data where there is no text at all.
/// The seed and the number decide every word.
record SyntheticStories(long seed, int count) implements Source {
  /// Average length of a story in bytes, measured over a thousand.
  private static final int AVERAGE_BYTES = 420;

  private static final List<String> NAMES =
      List.of(
          "Ada", "Ben", "Clara", "Dara", "Emil", "Frida", "Goran", "Hana", "Ivo", "Jonas", "Kira",
          "Lena", "Milo", "Nora", "Otto", "Pia", "Rosa", "Sami", "Tilda", "Yara");
  private static final List<String> ANIMALS =
      List.of(
          "fox",
          "hedgehog",
          "crow",
          "goat",
          "cat",
          "snail",
          "mouse",
          "heron",
          "dog",
          "turtle",
          "bee",
          "owl");
  private static final List<String> PLACES =
      List.of(
          "garden",
          "forest",
          "harbour",
          "kitchen",
          "mill",
          "library",
          "meadow",
          "attic",
          "market",
          "station",
          "valley",
          "old tower");
  private static final List<String> THINGS =
      List.of(
          "key",
          "lantern",
          "kite",
          "map",
          "bell",
          "boat",
          "apple",
          "drum",
          "mirror",
          "clock",
          "umbrella",
          "letter",
          "seed",
          "button");
  private static final List<String> KINDS =
      List.of(
          "red", "tiny", "broken", "golden", "heavy", "strange", "blue", "old", "shiny", "wooden",
          "cold", "striped");
  private static final List<String> MOODS =
      List.of(
          "happy", "tired", "curious", "proud", "worried", "brave", "hungry", "shy", "angry",
          "calm");
  private static final List<String> OPENINGS =
      List.of(
          "Once upon a time there was a %mood child called %name who lived near the %place.",
          "One morning %name woke up and felt very %mood.",
          "In a small house by the %place lived %name and a %mood %animal.",
          "It was raining when %name found a %kind %thing in the %place.",
          "Every day %name walked to the %place with a %kind %thing.",
          "Nobody in the %place had ever seen a %animal as %mood as this one.");
  private static final List<String> MIDDLES =
      List.of(
          "There, under a %kind stone, lay a %thing.",
          "\"Is this your %thing?\" asked the %animal.",
          "\"I have lost my %kind %thing,\" said %name. \"Can you help me?\"",
          "The %animal looked at the %thing and began to laugh.",
          "So they went to the %place together and looked everywhere.",
          "But the %thing was too %kind, and it would not move.",
          "%name was %mood, because the %animal had gone away.",
          "First they tried a %thing, then a %thing, and at last a %kind %thing.",
          "Suddenly a %kind %animal came out of the %place and said, \"Wait!\"",
          "They shared some bread and talked about the %place until it was dark.",
          "\"Why are you so %mood?\" asked %name, and the %animal did not answer.",
          "The wind blew the %thing over the wall and into the %place.");
  private static final List<String> ENDINGS =
      List.of(
          "In the end %name gave the %thing to the %animal, and both were %mood.",
          "From that day on the %animal and %name were friends.",
          "That night %name put the %kind %thing under the pillow and slept well.",
          "And if the %animal has not left, it is still sitting in the %place.",
          "%name learned that a %kind %thing is better when it is shared.",
          "Then they all went home, and nobody was %mood any more.");

  @Override
  public String name() {
    return "%d made-up stories".formatted(count);
  }

  @Override
  public long bytes() {
    return (long) count * AVERAGE_BYTES;
  }

  @Override
  public void digest(MessageDigest digest) {
    digest.update("stories 1 %d %d".formatted(seed, count).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public DocumentReader open() {
    return new Telling(new SplittableRandom(seed), count);
  }

  private static final class Telling implements DocumentReader {
    private final SplittableRandom random;
    private int left;

    Telling(SplittableRandom random, int count) {
      this.random = random;
      this.left = count;
    }

    @Override
    public Optional<DocumentChunk> next() {
      if (left == 0) {
        return Optional.empty();
      }
      left--;
      return Optional.of(new DocumentChunk.Text(tell(), true));
    }

    /// One child, one animal and one thing run through the story; the rest is drawn anew each time.
    private String tell() {
      var hero = choose(NAMES);
      var animal = choose(ANIMALS);
      var thing = choose(THINGS);
      var story = new StringBuilder(fill(choose(OPENINGS), hero, animal, thing));
      int sentences = 3 + random.nextInt(6);
      for (int i = 0; i < sentences; i++) {
        story.append(i % 3 == 2 ? '\n' : ' ').append(fill(choose(MIDDLES), hero, animal, thing));
      }
      return story
          .append('\n')
          .append(fill(choose(ENDINGS), hero, animal, thing))
          .append('\n')
          .toString();
    }

    private String fill(String sentence, String hero, String animal, String thing) {
      var filled = sentence.replace("%name", hero).replace("%animal", animal);
      filled = fillFirst(filled, "%thing", thing);
      filled = fillEach(filled, "%thing", THINGS);
      filled = fillEach(filled, "%kind", KINDS);
      filled = fillEach(filled, "%mood", MOODS);
      return fillEach(filled, "%place", PLACES);
    }

    private static String fillFirst(String sentence, String slot, String word) {
      int at = sentence.indexOf(slot);
      return at < 0
          ? sentence
          : sentence.substring(0, at) + word + sentence.substring(at + slot.length());
    }

    private String fillEach(String sentence, String slot, List<String> words) {
      var filled = sentence;
      while (filled.contains(slot)) {
        filled = fillFirst(filled, slot, choose(words));
      }
      return filled;
    }

    private String choose(List<String> words) {
      return words.get(random.nextInt(words.size()));
    }

    @Override
    public String place() {
      return "made-up stories";
    }

    @Override
    public void close() {}
  }
}
