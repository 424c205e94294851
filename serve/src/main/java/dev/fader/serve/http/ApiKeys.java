package dev.fader.serve.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The keys that open the server, of which only hashes are kept.
public final class ApiKeys {
  /// The server is open to all who reach it.
  public static final ApiKeys NONE = new ApiKeys(List.of());

  private static final long LARGEST_FILE = 1 << 20;

  private final List<byte[]> hashes;

  private ApiKeys(List<byte[]> hashes) {
    this.hashes = hashes;
  }

  /// Keys.
  ///
  /// @throws IllegalArgumentException if a key is blank or no header can carry it
  public static ApiKeys of(Collection<String> keys) {
    var hashes = new ArrayList<byte[]>();
    for (var key : keys) {
      if (key.isBlank() || !key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "a key is empty or has characters that no header carries: use letters, digits and"
                + " signs, without spaces");
      }
      hashes.add(hash(key));
    }
    return new ApiKeys(List.copyOf(hashes));
  }

  /// The keys in a file, one on a line; lines that are empty or begin with `#` are none.
  ///
  /// @throws IOException if the file cannot be read or has no key
  /// @throws IllegalArgumentException as [#of]
  public static ApiKeys read(Path file) throws IOException {
    if (Files.size(file) > LARGEST_FILE) {
      throw new IOException(file + " is no file of keys: it has more than 1 MiB");
    }
    var keys =
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (keys.isEmpty()) {
      throw new IOException(file + " has no key: put one on each line");
    }
    return of(keys);
  }

  /// These and those.
  public ApiKeys and(ApiKeys more) {
    var both = new ArrayList<>(hashes);
    both.addAll(more.hashes);
    return new ApiKeys(List.copyOf(both));
  }

  /// Whether there are none.
  public boolean isEmpty() {
    return hashes.isEmpty();
  }

  /// A name for who has this key, if it is one. It takes as long for each key, right or wrong.
  Optional<String> holder(String key) {
    var given = hash(key);
    boolean known = false;
    for (var hash : hashes) {
      known |= MessageDigest.isEqual(hash, given);
    }
    return known ? Optional.of(HexFormat.of().formatHex(given, 0, 4)) : Optional.empty();
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }
}
