package dev.fader.inspect.tensor;

import java.util.Arrays;

/// Which tensors are meant: by their whole name, or by consecutive parts of it between dots, as
/// `q_proj` or `layers.3`; `*` stands for any letters, dots too. Matched in time that grows with
/// the length of the name times that of the pattern and no more, whatever they are.
public record TensorPattern(String text) {
  /// Whether a name is one of those: all places of the pattern that the name may have come to are
  /// followed at once.
  public boolean matches(String name) {
    var reached = new boolean[text.length() + 1];
    var next = new boolean[text.length() + 1];
    for (int at = 0; at <= name.length(); at++) {
      if (at == 0 || (name.charAt(at - 1) == '.' && at < name.length())) {
        reach(reached, 0);
      }
      boolean end = at == name.length();
      if ((end || name.charAt(at) == '.') && reached[text.length()]) {
        return true;
      }
      if (!end) {
        step(reached, name.charAt(at), next);
        var before = reached;
        reached = next;
        next = before;
      }
    }
    return false;
  }

  private void step(boolean[] reached, char letter, boolean[] next) {
    Arrays.fill(next, false);
    for (int place = 0; place < text.length(); place++) {
      if (reached[place] && text.charAt(place) == '*') {
        reach(next, place);
      } else if (reached[place] && text.charAt(place) == letter) {
        reach(next, place + 1);
      }
    }
  }

  /// A star may stand for nothing.
  private void reach(boolean[] places, int first) {
    int place = first;
    places[place] = true;
    while (place < text.length() && text.charAt(place) == '*') {
      place++;
      places[place] = true;
    }
  }
}
