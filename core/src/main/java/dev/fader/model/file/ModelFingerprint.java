package dev.fader.model.file;

import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/// Tells models apart by their whole configuration, and by names, types, shapes and every byte of
/// their tensors.
///
/// So all of a model is read, from its disk where it is larger than memory; a step reads as much,
/// but for experts and embeddings that it does not use. CRC32C keeps up with the memory that the
/// bytes come from. It overlooks one in four billion of the differences that happen; it is no guard
/// against those that somebody makes.
final class ModelFingerprint {
  private static final long CHUNK = 1 << 20; // bytes: a buffer has at most 2 GB

  private ModelFingerprint() {}

  static String of(Parameters parameters) {
    var digest = sha256();
    update(digest, text(parameters.config()));
    parameters
        .entries()
        .forEach((name, variable) -> {
          var tensor = variable.value();
          update(
              digest, "%s %s %s".formatted(name, tensor.type(), tensor.shape()), checksum(tensor));
        });
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void update(MessageDigest digest, String text, long number) {
    update(digest, text);
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
  }

  private static long checksum(Tensor tensor) {
    var segment = tensor.segment();
    var sum = new CRC32C();
    for (long from = 0; from < segment.byteSize(); from += CHUNK) {
      long bytes = Math.min(CHUNK, segment.byteSize() - from);
      sum.update(segment.asSlice(from, bytes).asByteBuffer());
    }
    return sum.getValue();
  }

  /// A configuration in words that are the same in every process: sets and maps have an order of
  /// their own in each.
  static String text(Object value) {
    return switch (value) {
      case Record record ->
          Arrays.stream(record.getClass().getRecordComponents())
              .map(component -> component.getName() + "=" + text(component(record, component)))
              .collect(Collectors.joining(", ", record.getClass().getSimpleName() + "{", "}"));
      case Optional<?> some -> some.map(ModelFingerprint::text).toString();
      case List<?> list -> list.stream().map(ModelFingerprint::text).toList().toString();
      case Set<?> set -> set.stream().map(ModelFingerprint::text).sorted().toList().toString();
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> text(entry.getKey()) + "=" + text(entry.getValue()))
              .sorted()
              .toList()
              .toString();
      case Number _, Boolean _, String _, Enum<?> _ -> value.toString();
      default -> throw new IllegalArgumentException("no words for a " + value.getClass());
    };
  }

  private static Object component(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException hidden) {
      throw new IllegalStateException("the configuration hides its " + component, hidden);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
