package dev.fader.app.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Which files of a repository make a model: safetensors with what belongs to them, or one GGUF
/// file with all its parts. Weights in Python's pickle format are code, and never taken.
final class FileSelection {
  /// What is taken of a GGUF repository if nothing is said, as in llama.cpp.
  private static final String DEFAULT_QUANTISATION = "Q4_K_M";

  private static final Pattern SHARD = Pattern.compile("model(-\\d+-of-\\d+)?\\.safetensors");
  private static final Pattern PART = Pattern.compile("(.*)-\\d{5}-of-(\\d{5})\\.gguf");
  private static final Set<String> TEXTS =
      Set.of("merges.txt", "vocab.txt", "tokenizer.model", "spiece.model");

  private FileSelection() {}

  /// The paths that `selection` means among `paths`.
  ///
  /// @throws HubException if there are none such
  static List<String> of(List<String> paths, Optional<String> selection) throws HubException {
    var gguf = gguf(paths);
    if (selection.isPresent()) {
      return selected(paths, gguf, selection.get());
    }
    var weights = weights(paths);
    if (!weights.isEmpty()) {
      var taken = new ArrayList<>(weights);
      paths.stream().filter(FileSelection::isBeside).forEach(taken::add);
      taken.sort(Comparator.naturalOrder());
      return taken;
    }
    if (!gguf.isEmpty()) {
      var wanted = quantised(gguf, DEFAULT_QUANTISATION);
      return withParts(gguf, wanted.isEmpty() ? gguf.getFirst() : wanted.getFirst());
    }
    throw new HubException(
        paths.stream().anyMatch(path -> path.endsWith(".bin") || path.endsWith(".pt"))
            ? "it has only PyTorch pickles, which may run code: look for a model with safetensors"
            : "it has no safetensors and no GGUF files");
  }

  /// What can be selected among `paths`: nothing, for safetensors, and each GGUF file or the first
  /// of its parts.
  static List<Optional<String>> selections(List<String> paths) {
    var selections = new ArrayList<Optional<String>>();
    if (!weights(paths).isEmpty()) {
      selections.add(Optional.empty());
    }
    for (var path : gguf(paths)) {
      var part = PART.matcher(path);
      if (!part.matches() || path.endsWith("-00001-of-" + part.group(2) + ".gguf")) {
        selections.add(Optional.of(path));
      }
    }
    return selections;
  }

  private static List<String> gguf(List<String> paths) {
    return paths.stream()
        .filter(path -> path.toLowerCase(Locale.ROOT).endsWith(".gguf"))
        .filter(path -> !name(path).startsWith("mmproj"))
        .sorted()
        .toList();
  }

  private static List<String> selected(List<String> paths, List<String> gguf, String selection)
      throws HubException {
    if (paths.contains(selection)) {
      return withParts(gguf, selection);
    }
    var wanted = quantised(gguf, selection);
    if (!wanted.isEmpty()) {
      return withParts(gguf, wanted.getFirst());
    }
    var there = gguf.isEmpty() ? paths : gguf;
    throw new HubException(
        "it has no file or quantisation '%s'; there are %s%s"
            .formatted(
                selection,
                String.join(", ", there.subList(0, Math.min(20, there.size()))),
                there.size() > 20 ? " and more" : ""));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// Safetensors at the root: those called `model`, or all where none is.
  private static List<String> weights(List<String> paths) {
    var all =
        paths.stream()
            .filter(path -> path.endsWith(".safetensors") && path.indexOf('/') < 0)
            .toList();
    var model = all.stream().filter(path -> SHARD.matcher(path).matches()).toList();
    return model.isEmpty() ? all : model;
  }

  /// What belongs to weights: configuration, tokenizer, chat templates.
  private static boolean isBeside(String path) {
    boolean template = path.endsWith(".jinja");
    return template || (path.indexOf('/') < 0 && (path.endsWith(".json") || TEXTS.contains(path)));
  }

  /// Files of this quantisation; if there are none, those of one whose name begins like it.
  private static List<String> quantised(List<String> gguf, String quantisation) {
    var exact = followedBy("([-./]|$)", gguf, quantisation);
    return exact.isEmpty() ? followedBy("_", gguf, quantisation) : exact;
  }

  private static List<String> followedBy(String end, List<String> gguf, String quantisation) {
    var pattern =
        Pattern.compile("(^|[-._/])" + Pattern.quote(quantisation) + end, Pattern.CASE_INSENSITIVE);
    return gguf.stream().filter(path -> pattern.matcher(path).find()).toList();
  }

  /// A file, and the others if it is one of several parts.
  private static List<String> withParts(List<String> gguf, String path) {
    var part = PART.matcher(path);
    if (!part.matches()) {
      return List.of(path);
    }
    var siblings =
        Pattern.compile(Pattern.quote(part.group(1)) + "-\\d{5}-of-" + part.group(2) + "\\.gguf");
    return gguf.stream().filter(other -> siblings.matcher(other).matches()).toList();
  }
}
