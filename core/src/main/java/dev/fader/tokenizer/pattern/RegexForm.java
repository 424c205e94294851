package dev.fader.tokenizer.pattern;

import dev.fader.tokenizer.pattern.RegexNode.Greed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Normalizes equivalent regular expressions so that they can be compared: `'s|'t` and `'[ts]`,
/// `[a-c]` and `[abc]`, a possessive repetition and a greedy one that would never backtrack. Every
/// step preserves the first match at every position; not all equivalences are recognized.
final class RegexForm {
  private RegexForm() {}

  static RegexNode of(RegexNode whole) {
    return simple(whole, true);
  }

  /// @param isEnd whether nothing follows that could fail
  private static RegexNode simple(RegexNode node, boolean isEnd) {
    return switch (node) {
      case RegexNode.Sequence(List<RegexNode> parts) -> sequence(parts, isEnd);
      case RegexNode.Choice(List<RegexNode> options) -> choice(options, isEnd);
      case RegexNode.Repeat repeat -> repeat(repeat);
      case RegexNode.LookAhead ahead ->
          new RegexNode.LookAhead(simple(ahead.body(), true), ahead.negative());
      case RegexNode.CodePoint one -> one;
      case RegexNode.LookBehind behind -> behind;
      case RegexNode.Anchor place -> place;
    };
  }

  private static RegexNode repeat(RegexNode.Repeat repeat) {
    boolean isPlain = repeat.least() == 1 && repeat.most() == 1;
    RegexNode body = simple(repeat.body(), false);
    return isPlain && repeat.greed() != Greed.POSSESSIVE
        ? body
        : new RegexNode.Repeat(body, repeat.least(), repeat.most(), repeat.greed());
  }

  private static RegexNode sequence(List<RegexNode> parts, boolean isEnd) {
    var flat = new ArrayList<RegexNode>();
    boolean neverFails = isEnd;
    for (RegexNode part : parts.reversed()) {
      RegexNode simple = simple(part, neverFails);
      var inner = simple instanceof RegexNode.Sequence(List<RegexNode> own) ? own : List.of(simple);
      for (RegexNode each : inner.reversed()) {
        var next = flat.isEmpty() ? Optional.<RegexNode>empty() : Optional.of(flat.getFirst());
        flat.addFirst(gives(each, next, neverFails) ? each : greedy(each));
        neverFails = neverFails && isOptional(each);
      }
    }
    return flat.size() == 1 ? flat.getFirst() : new RegexNode.Sequence(List.copyOf(flat));
  }

  /// Whether what follows may make a greedy repetition backtrack.
  private static boolean gives(RegexNode node, Optional<RegexNode> next, boolean neverFails) {
    if (!(node instanceof RegexNode.Repeat repeat)
        || repeat.greed() != Greed.POSSESSIVE
        || !(repeat.body() instanceof RegexNode.CodePoint(CodePointSet set))) {
      return true;
    }
    return !neverFails && !next.flatMap(RegexForm::first).map(set::isApartFrom).orElse(false);
  }

  private static RegexNode greedy(RegexNode node) {
    var repeat = (RegexNode.Repeat) node;
    return new RegexNode.Repeat(repeat.body(), repeat.least(), repeat.most(), Greed.GREEDY);
  }

  /// Whether it matches at every position, possibly empty.
  private static boolean isOptional(RegexNode node) {
    return node instanceof RegexNode.Repeat repeat && repeat.least() == 0;
  }

  /// The one set that a match of the node must begin with.
  private static Optional<CodePointSet> first(RegexNode node) {
    return switch (node) {
      case RegexNode.CodePoint(CodePointSet set) -> Optional.of(set);
      case RegexNode.Repeat repeat -> repeat.least() > 0 ? first(repeat.body()) : Optional.empty();
      case RegexNode.Sequence(List<RegexNode> parts) ->
          parts.isEmpty() ? Optional.empty() : first(parts.getFirst());
      default -> Optional.empty();
    };
  }

  private static RegexNode choice(List<RegexNode> options, boolean isEnd) {
    var flat = new ArrayList<RegexNode>();
    for (RegexNode option : options) {
      RegexNode simple = simple(option, isEnd);
      if (simple instanceof RegexNode.Choice(List<RegexNode> own)) {
        flat.addAll(own);
      } else {
        flat.add(simple);
      }
    }
    var factored = united(sorted(factored(flat, isEnd)));
    return factored.size() == 1 ? factored.getFirst() : new RegexNode.Choice(List.copyOf(factored));
  }

  /// `ab|ac` is `a(?:b|c)`.
  private static List<RegexNode> factored(List<RegexNode> options, boolean isEnd) {
    var factored = new ArrayList<RegexNode>();
    for (int i = 0; i < options.size(); ) {
      Optional<CodePointSet> head = head(options.get(i));
      var rests = new ArrayList<RegexNode>();
      int end = i;
      while (head.isPresent()
          && end < options.size()
          && head(options.get(end)).filter(head.get()::isSame).isPresent()) {
        rests.add(rest(options.get(end++)));
      }
      if (rests.size() > 1) {
        factored.add(
            sequence(List.of(new RegexNode.CodePoint(head.get()), choice(rests, isEnd)), isEnd));
        i = end;
      } else {
        factored.add(options.get(i++));
      }
    }
    return factored;
  }

  /// The letter that a sequence begins with, in any case.
  private static Optional<CodePointSet> head(RegexNode option) {
    return option instanceof RegexNode.Sequence(List<RegexNode> parts)
            && !parts.isEmpty()
            && parts.getFirst() instanceof RegexNode.CodePoint(CodePointSet set)
            && set.isFew()
        ? Optional.of(set)
        : Optional.empty();
  }

  private static RegexNode rest(RegexNode option) {
    List<RegexNode> parts = ((RegexNode.Sequence) option).parts();
    return parts.size() == 2
        ? parts.getLast()
        : new RegexNode.Sequence(List.copyOf(parts.subList(1, parts.size())));
  }

  /// Alternatives that begin with distinct letters can be reordered.
  private static List<RegexNode> sorted(List<RegexNode> options) {
    var firsts = options.stream().map(RegexForm::first).flatMap(Optional::stream).toList();
    if (firsts.size() < options.size() || !firsts.stream().allMatch(CodePointSet::isFew)) {
      return options;
    }
    for (int i = 0; i < firsts.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!firsts.get(i).isApartFrom(firsts.get(j))) {
          return options;
        }
      }
    }
    return options.stream()
        .sorted(
            Comparator.comparing((RegexNode option) -> !(option instanceof RegexNode.CodePoint))
                .thenComparingInt(option -> first(option).orElseThrow().least()))
        .toList();
  }

  /// `a|b` is `[ab]`.
  private static List<RegexNode> united(List<RegexNode> options) {
    var united = new ArrayList<RegexNode>();
    for (RegexNode option : options) {
      if (option instanceof RegexNode.CodePoint(CodePointSet set)
          && !united.isEmpty()
          && united.getLast() instanceof RegexNode.CodePoint(CodePointSet before)) {
        united.set(
            united.size() - 1,
            new RegexNode.CodePoint(CodePointSet.builder().add(before).add(set).build()));
      } else {
        united.add(option);
      }
    }
    return united;
  }

  /// Whether two normalized expressions are equal, comparing sets by content.
  static boolean areSame(RegexNode one, RegexNode other) {
    return switch (one) {
      case RegexNode.CodePoint(CodePointSet set) ->
          other instanceof RegexNode.CodePoint(CodePointSet second) && set.isSame(second);
      case RegexNode.Sequence(List<RegexNode> parts) ->
          other instanceof RegexNode.Sequence(List<RegexNode> others) && areSame(parts, others);
      case RegexNode.Choice(List<RegexNode> options) ->
          other instanceof RegexNode.Choice(List<RegexNode> others) && areSame(options, others);
      case RegexNode.Repeat(RegexNode body, int least, int most, Greed greed) ->
          other instanceof RegexNode.Repeat second
              && least == second.least()
              && most == second.most()
              && greed == second.greed()
              && areSame(body, second.body());
      case RegexNode.LookAhead(RegexNode body, boolean negative) ->
          other instanceof RegexNode.LookAhead second
              && negative == second.negative()
              && areSame(body, second.body());
      case RegexNode.LookBehind(CodePointSet set, boolean negative) ->
          other instanceof RegexNode.LookBehind second
              && negative == second.negative()
              && set.isSame(second.set());
      case RegexNode.Anchor place -> place == other;
    };
  }

  private static boolean areSame(List<RegexNode> some, List<RegexNode> others) {
    if (some.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      if (!areSame(some.get(i), others.get(i))) {
        return false;
      }
    }
    return true;
  }

  /// Whether it matches at every position of every text, so that the matches cover the text: every
  /// code point is matched by an alternative without further conditions.
  static boolean covers(RegexNode form) {
    List<RegexNode> options =
        form instanceof RegexNode.Choice(List<RegexNode> own) ? own : List.of(form);
    var sure = CodePointSet.builder();
    for (RegexNode option : options) {
      surelyTaken(option).ifPresent(sure::add);
    }
    var all = CodePointSet.builder().range(0, Character.MAX_CODE_POINT).build();
    return sure.build().isSame(all);
  }

  private static Optional<CodePointSet> surelyTaken(RegexNode option) {
    List<RegexNode> parts =
        option instanceof RegexNode.Sequence(List<RegexNode> own) ? own : List.of(option);
    Optional<CodePointSet> taken = Optional.empty();
    for (RegexNode part : parts) {
      boolean isGreedy =
          !(part instanceof RegexNode.Repeat repeat) || repeat.greed() == Greed.GREEDY;
      if (isOptional(part) && isGreedy) {
        continue;
      }
      boolean single =
          part instanceof RegexNode.CodePoint
              || (part instanceof RegexNode.Repeat repeat
                  && repeat.least() == 1
                  && isGreedy
                  && repeat.body() instanceof RegexNode.CodePoint);
      if (taken.isPresent() || !single) {
        return Optional.empty();
      }
      taken = first(part);
    }
    return taken;
  }
}
