package dev.fader.inspect.tensor;

/// Which tensors are meant: by their whole name, or by consecutive parts of it between dots, as
/// `q_proj` or `layers.3`; `*` stands for any letters, dots too. Matched without going back over
/// more than one star, so that no pattern takes long.
public record TensorPattern(String text) {
  /// Whether a name is one of those.
  public boolean matches(String name) {
    if (isLike(name, 0, name.length())) {
      return true;
    }
    for (int start = 0; start >= 0 && start < name.length(); start = next(name, start)) {
      for (int dot = name.indexOf('.', start); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        if (isLike(name, start, dot)) {
          return true;
        }
      }
      if (start > 0 && isLike(name, start, name.length())) {
        return true;
      }
    }
    return false;
  }

  private static int next(String name, int start) {
    int dot = name.indexOf('.', start);
    return dot < 0 ? -1 : dot + 1;
  }

  /// Whether the part of `name` from `start` to `end - 1` is what is meant.
  private boolean isLike(String name, int start, int end) {
    int at = start;
    int i = 0;
    int star = -1;
    int resume = 0;
    while (at < end) {
      if (i < text.length() && text.charAt(i) == '*') {
        star = i++;
        resume = at;
      } else if (i < text.length() && text.charAt(i) == name.charAt(at)) {
        i++;
        at++;
      } else if (star >= 0) {
        i = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (i < text.length() && text.charAt(i) == '*') {
      i++;
    }
    return i == text.length();
  }
}
