package dev.fader.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The parts of a split model, `NAME-00001-of-00003.gguf` and so on. Their paths follow from the
/// first; nothing in a file becomes part of a path.
///
/// Source: llama.cpp, `gguf-split`.
final class GgufSplit {
  static final String COUNT = "split.count";
  static final String TENSORS = "split.tensors.count";
  private static final String NUMBER = "split.no";
  private static final Pattern NAME = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private GgufSplit() {}

  /// The number of files of the model: 1 if it is not split.
  static long count(GgufMetadata metadata) throws FormatException {
    long count = metadata.integer(COUNT).orElse(1);
    if (count < 0 || count > 0xffff) {
      throw metadata.wrong(COUNT, "is %d, which is not a number of files".formatted(count));
    }
    return Math.max(count, 1);
  }

  /// The other parts of the model whose first is `first`.
  ///
  /// @throws FormatException if that is not the first, its name does not match `count` parts, or a
  ///   part is missing
  static List<Path> others(Path first, GgufMetadata metadata, long count) throws FormatException {
    var name = NAME.matcher(String.valueOf(first.getFileName()));
    long number = metadata.integer(NUMBER).orElse(0);
    if (!name.matches() || Long.parseLong(name.group(3)) != count) {
      throw metadata.wrong(
          COUNT,
          "is %d, and the file is not called NAME-00001-of-%s.gguf: give it back its name"
              .formatted(count, digits(count)));
    }
    if (number != 0 || Long.parseLong(name.group(2)) != 1) {
      throw metadata.wrong(
          NUMBER,
          "is %d, which is not the first part: open %s"
              .formatted(number, part(name.group(1), 1, count)));
    }
    var others = new ArrayList<Path>();
    for (int i = 2; i <= count; i++) {
      Path other = first.resolveSibling(part(name.group(1), i, count));
      if (!Files.exists(other)) {
        throw metadata.wrong(
            COUNT, "is %d, and %s is missing".formatted(count, other.getFileName()));
      }
      others.add(other);
    }
    return others;
  }

  /// Checks that a part has the number in its name.
  static void checkPart(GgufMetadata part, int number, long count) throws FormatException {
    long says = part.integer(NUMBER).orElse(-1);
    if (says != number) {
      throw part.wrong(NUMBER, "is %d, and must be %d here".formatted(says, number));
    }
    long of = part.integer(COUNT).orElse(-1);
    if (of != count) {
      throw part.wrong(COUNT, "is %d, and %d in the first part".formatted(of, count));
    }
  }

  private static String part(String name, int number, long count) {
    return name + "-" + digits(number) + "-of-" + digits(count) + ".gguf";
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%05d", number);
  }
}
