package dev.fader.serve.model;

import dev.fader.model.mix.Mix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A model that can be asked for.
///
/// @param name by which it is asked for
/// @param path of its directory or GGUF file
/// @param adapters that a request may choose
/// @param mix faders that are turned for all requests
public record ServedModel(String name, Path path, List<NamedAdapter> adapters, Mix mix) {
  private static final int MOST_FILES = 1000;
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}._/@+-]{0,199}");

  /// An adapter: it is asked for by the model's name, a colon and its own.
  ///
  /// @param path of its directory or GGUF file
  public record NamedAdapter(String name, Path path) {
    /// @throws IllegalArgumentException if the name has characters that names do not have
    public NamedAdapter {
      requireName(name);
    }
  }

  /// @throws IllegalArgumentException if a name has characters that names do not have, or two
  ///   adapters have the same
  public ServedModel {
    requireName(name);
    adapters = List.copyOf(adapters);
    Set<String> names = new HashSet<>();
    for (var adapter : adapters) {
      if (!names.add(adapter.name())) {
        throw new IllegalArgumentException(
            "two adapters of %s have the name %s: give another".formatted(name, adapter.name()));
      }
    }
  }

  /// A model with nothing turned.
  public ServedModel(String name, Path path, List<NamedAdapter> adapters) {
    this(name, path, adapters, Mix.NEUTRAL);
  }

  /// The same with faders turned.
  public ServedModel with(Mix other) {
    return new ServedModel(name, path, adapters, other);
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "`%s` is no name of a model or adapter: use letters, digits and . _ / @ + -"
              .formatted(name));
    }
  }

  /// The bytes of its files, 0 where they cannot be told.
  long bytes() {
    try (Stream<Path> files = Files.isDirectory(path) ? Files.list(path) : Stream.of(path)) {
      long bytes = 0;
      for (var file : files.limit(MOST_FILES).toList()) {
        bytes = Math.addExact(bytes, Files.size(file));
      }
      return bytes;
    } catch (IOException | UncheckedIOException gone) {
      return 0;
    }
  }

  /// One without adapters, whose name is that of its file or directory.
  ///
  /// @throws IllegalArgumentException if that is no name
  public static ServedModel of(Path path) {
    var last = path.toAbsolutePath().normalize().getFileName();
    var name = last == null ? "model" : last.toString();
    var plain = name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    return new ServedModel(plain.replace(' ', '-'), path, List.of());
  }
}
