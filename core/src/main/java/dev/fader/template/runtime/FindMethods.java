package dev.fader.template.runtime;

import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.SubstringSearch;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.List;

/// `find`, `count`, `startswith` and the like, within a part of a text.
final class FindMethods {
  private final String name;
  private final String part; // the text to search
  private final boolean
      beyond; // the part begins after the end, where not even the empty text is found
  private final int start; // in code points
  private final Value sought;

  FindMethods(Text text, String name, CallArguments arguments) {
    var bound = arguments.bind(name, "sub", "start", "end");
    int size = text.size();
    long first = place(bound.get("start", Values.NONE), 0, size);
    long end = Math.min(size, place(bound.get("end", Values.NONE), size, size));
    this.name = name;
    this.beyond = first > end;
    this.start = (int) Math.min(first, size);
    this.part =
        beyond ? "" : text.characters().substring(text.place((int) first), text.place((int) end));
    this.sought = bound.get("sub");
  }

  private static long place(Value given, long otherwise, int size) {
    if (given instanceof Value.None) {
      return otherwise;
    }
    long index = Values.whole(given);
    return Math.max(0, index < 0 ? index + size : index);
  }

  Value result(RenderingBudget budget) {
    return switch (name) {
      case "startswith", "endswith" -> Value.of(isAtEnd());
      case "count" -> Value.of(count(Values.text(sought, "what is counted").characters(), budget));
      default -> Value.of(find(Values.text(sought, "what is sought").characters()));
    };
  }

  private boolean isAtEnd() {
    var any = sought instanceof Value.Tuple tuple ? tuple.values() : List.of(sought);
    for (var one : any) {
      var affix = Values.text(one, "what %s() takes".formatted(name)).characters();
      boolean found = name.equals("startswith") ? part.startsWith(affix) : part.endsWith(affix);
      if (found && !beyond) {
        return true;
      }
    }
    return false;
  }

  private long count(String sub, RenderingBudget budget) {
    if (beyond) {
      return 0;
    }
    if (sub.isEmpty()) {
      return part.codePointCount(0, part.length()) + 1L;
    }
    long count = 0;
    var search = new SubstringSearch(sub);
    for (int at = search.first(part, 0); at >= 0; at = search.first(part, at + sub.length())) {
      budget.step();
      count++;
    }
    return count;
  }

  private long find(String sub) {
    var search = new SubstringSearch(sub);
    int found = name.startsWith("r") ? search.last(part, part.length()) : search.first(part, 0);
    if (found < 0 || beyond) {
      if (name.endsWith("index")) {
        throw new TemplateRuntimeException("substring not found; use find(), which gives -1");
      }
      return -1;
    }
    return (long) start + part.codePointCount(0, found);
  }
}
