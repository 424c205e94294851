package dev.fader.app.cli.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What a sweep learns from otherwise, as written after `--vary`: `data=more.txt,clean.jsonl` or
/// `tokenizer=bytes,bpe:512`.
///
/// @param values names of texts, or of tokenizers
public record TextVariation(Kind kind, List<String> values) {
  /// What of the text is other.
  public enum Kind {
    DATA,
    TOKENIZER;

    /// As it is written.
    public String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public TextVariation {
    values = List.copyOf(values);
  }

  /// The variation; empty if it is none of the text.
  ///
  /// @throws ParameterException if it has no values
  static Optional<TextVariation> parse(CommandSpec spec, String text) {
    for (var kind : Kind.values()) {
      if (!text.equals(kind.title()) && !text.startsWith(kind.title() + "=")) {
        continue;
      }
      var values =
          Arrays.stream(text.substring(kind.title().length()).replaceFirst("^=", "").split(",", -1))
              .toList();
      if (values.stream().anyMatch(String::isBlank)) {
        throw new ParameterException(
            spec.commandLine(),
            kind == Kind.DATA
                ? "--vary data needs texts, as in --vary data=more.txt,clean.jsonl"
                : "--vary tokenizer needs tokenizers, as in --vary tokenizer=bytes,bpe:512");
      }
      return Optional.of(new TextVariation(kind, values));
    }
    return Optional.empty();
  }

  /// Those of several texts after `--vary`.
  ///
  /// @throws ParameterException if one has no values
  public static List<TextVariation> of(CommandSpec spec, List<String> texts) {
    var found = new ArrayList<TextVariation>();
    texts.forEach(text -> parse(spec, text).ifPresent(found::add));
    return found;
  }

  /// A value as a part of the name of a run: `tokenizer-bpe-512`.
  public String name(String value) {
    var end = value.substring(value.stripTrailing().lastIndexOf('/') + 1);
    var plain = end.replaceAll("[^A-Za-z0-9._]+", "-").replaceAll("^[-.]+|[-.]+$", "");
    return "%s-%s".formatted(kind.title(), plain.isEmpty() ? "other" : plain);
  }
}
