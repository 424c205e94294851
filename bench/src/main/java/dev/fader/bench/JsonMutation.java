package dev.fader.bench;

import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Alters what a JSON file says and leaves it JSON: members are removed, or become what stands
/// elsewhere, in this file or another. Gets past the parser, where [Mutation] mostly does not.
final class JsonMutation {
  private static final int MOST_CHANGES = 4;
  private static final int DEEPEST = 12;

  private final List<JsonNode> seeds;

  JsonMutation(List<byte[]> seeds) {
    this.seeds = seeds.stream().map(JsonMapper.shared()::readTree).toList();
  }

  /// One of the files, altered in one to four places.
  byte[] of(SplittableRandom random) {
    JsonNode root = seeds.get(random.nextInt(seeds.size())).deepCopy();
    int changes = 1 + random.nextInt(MOST_CHANGES);
    for (int i = 0; i < changes; i++) {
      JsonNode donor = random.nextInt(3) == 0 ? root : seeds.get(random.nextInt(seeds.size()));
      JsonNode value =
          random.nextInt(3) == 0 ? scalar(random) : container(donor, random).deepCopy();
      change(container(root, random), value, random);
    }
    return JsonMapper.shared().writeValueAsBytes(root);
  }

  /// A random object or list: a few random steps inwards from `root`.
  private static JsonNode container(JsonNode root, SplittableRandom random) {
    JsonNode node = root;
    for (int depth = 0; depth < DEEPEST && random.nextInt(4) > 0; depth++) {
      JsonNode child = child(node, random);
      if (!child.isContainer() || child.isEmpty()) {
        return node;
      }
      node = child;
    }
    return node;
  }

  private static JsonNode child(JsonNode container, SplittableRandom random) {
    int at = random.nextInt(container.size());
    return container instanceof ObjectNode object
        ? object.get(name(object, at))
        : container.get(at);
  }

  private static String name(ObjectNode object, int at) {
    return List.copyOf(object.propertyNames()).get(at);
  }

  private static void change(JsonNode container, JsonNode value, SplittableRandom random) {
    if (container.isEmpty()) {
      return;
    }
    int at = random.nextInt(container.size());
    boolean removes = random.nextInt(3) == 0;
    switch (container) {
      case ObjectNode object when removes -> object.remove(name(object, at));
      case ObjectNode object -> object.set(name(object, at), value);
      case ArrayNode list when removes -> list.remove(at);
      case ArrayNode list -> list.set(at, value);
      default -> throw new IllegalStateException("neither object nor list");
    }
  }

  private static JsonNode scalar(SplittableRandom random) {
    var make = JsonNodeFactory.instance;
    return switch (random.nextInt(9)) {
      case 0 -> make.nullNode();
      case 1 -> make.booleanNode(random.nextBoolean());
      case 2 -> make.numberNode(random.nextInt(-2, 400));
      case 3 -> make.numberNode(random.nextBoolean() ? Long.MAX_VALUE : Integer.MAX_VALUE);
      case 4 -> make.numberNode(1e300 * random.nextDouble(-1, 1));
      case 5 -> make.stringNode("");
      case 6 -> make.stringNode("a".repeat(1 + random.nextInt(2000)));
      case 7 -> make.stringNode(Character.toString(random.nextInt(0x3000)));
      default -> make.stringNode(FuzzPieces.JSON.get(random.nextInt(FuzzPieces.JSON.size())));
    };
  }
}
