package dev.fader.inspect.tensor;

import dev.fader.format.FormatException;
import dev.fader.format.Spelling;
import java.io.Serial;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/// A pattern that is the name of no tensor. The message has the nearest names.
public final class NoSuchTensorException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1L;

  private static final int LONGEST = 256;

  private NoSuchTensorException(String message) {
    super(message);
  }

  /// What to say where `pattern` is none of these names.
  public static NoSuchTensorException of(TensorPattern pattern, Collection<String> names) {
    if (pattern.text().length() > LONGEST) { // which takes long to compare
      return new NoSuchTensorException(
          "no tensor is called " + FormatException.quoted(pattern.text()));
    }
    var candidates = new LinkedHashSet<String>();
    for (var name : names) {
      candidates.add(name);
      candidates.addAll(List.of(name.split("\\.")));
    }
    var nearest =
        Spelling.nearest(candidates, candidate -> Spelling.edits(pattern.text(), candidate));
    return new NoSuchTensorException(
        "no tensor is called %s; the nearest are %s"
            .formatted(
                FormatException.quoted(pattern.text()),
                String.join(", ", nearest.stream().map(FormatException::quoted).toList())));
  }
}
