package dev.fader.tokenizer.pattern;

import java.util.Arrays;

/// Runs a [RegexProgram] over text: the first match in the order of the alternatives, as a
/// backtracking matcher finds it, in time linear in the text. Every fork records the positions
/// where it failed and is not tried there again, by this match or a later one, so the work is at
/// most instructions times bytes (as RE2's bit-state matcher, but kept across all matches of a
/// text).
final class RegexSearch extends MatchFinder {
  private static final int NOWHERE = -1;
  private static final long[] NO_BITS = {};

  // The stack holds triples: an instruction, one of these, a position.
  private static final int OTHERWISE = 0; // continue here
  private static final int FAILED = 1; // this fork has failed
  private static final int MANY = 2; // this MANY began here,
  private static final int FEWER = 3; // ended here and may end earlier

  private final RegexProgram program;
  private final boolean[] isFork;
  private final long[][] failed; // for each fork a bit per position
  private final long[][] succeeded; // the same for forks within lookaheads
  private final RunMemory[] runs;
  private int from;
  private boolean started;
  private int shift; // position `at` of this part has bit `at + shift`
  private int at;
  private int lastEnd;
  private int[] stack = new int[64];
  private int depth;

  RegexSearch(RegexProgram program) {
    this.program = program;
    int size = program.size();
    failed = new long[size][];
    succeeded = new long[size][];
    runs = new RunMemory[size];
    isFork = new boolean[size];
    for (int pc = 0; pc < size; pc++) {
      isFork[pc] = program.operations[pc] == RegexProgram.FORK;
      runs[pc] = new RunMemory();
    }
    Arrays.fill(failed, NO_BITS);
    Arrays.fill(succeeded, NO_BITS);
  }

  /// The run of characters that MANY or ALL matched last.
  private static final class RunMemory {
    int start = -1;
    int end = -1;
    int failedFrom = Integer.MAX_VALUE; // ending here or later in the run fails
  }

  @Override
  public void start(byte[] stretch, int begin, int end) {
    text = stretch;
    shift = started ? shift + 1 : -begin; // a part has one more position than bytes
    started = true;
    for (RunMemory run : runs) {
      run.start = -1;
      run.end = -1;
      run.failedFrom = Integer.MAX_VALUE;
    }
    from = begin;
    to = end;
    at = begin;
    lastEnd = NOWHERE;
  }

  @Override
  public boolean next() {
    while (at <= to) {
      int end = run(0, at, 0);
      boolean again = end == at && end == lastEnd;
      if (end == NOWHERE || again) {
        at += at < to ? Utf8.length(text, at) : 1;
        continue;
      }
      matchStart = at;
      matchEnd = end;
      at = end;
      lastEnd = end;
      return true;
    }
    return false;
  }

  /// The end of the match that begins at `start` with instruction `entry`, or [#NOWHERE].
  ///
  /// @param looking nesting depth of lookaheads
  private int run(int entry, int start, int looking) {
    int base = depth;
    int pc = entry;
    int place = start;
    while (true) {
      int operand = program.first[pc];
      boolean ok = true;
      switch (program.operations[pc]) {
        case RegexProgram.ONE -> {
          ok = place < to && program.sets[operand].contains(Utf8.codePoint(text, place));
          place += ok ? Utf8.length(text, place) : 0;
          pc++;
        }
        case RegexProgram.JUMP -> pc = operand;
        case RegexProgram.FORK -> {
          if (looking > 0 && isSet(succeeded[pc], place)) {
            return finish(base, place, looking);
          }
          ok = !isSet(failed[pc], place);
          if (ok) {
            failed[pc] = set(failed[pc], place);
            push(pc, FAILED, place);
            push(program.second[pc], OTHERWISE, place);
            pc = operand;
          }
        }
        case RegexProgram.MANY -> {
          int end = longestUntried(pc, place);
          ok = end != NOWHERE;
          if (ok) {
            push(pc, MANY, place);
            push(pc, FEWER, end);
            place = end;
            pc++;
          }
        }
        case RegexProgram.ALL -> {
          int most = program.second[pc];
          place = most < 0 ? runEnd(pc, place) : few(program.sets[operand], place, most);
          pc++;
        }
        case RegexProgram.AHEAD, RegexProgram.NOT_AHEAD -> {
          boolean wanted = program.operations[pc] == RegexProgram.AHEAD;
          ok = (run(pc + 1, place, looking + 1) != NOWHERE) == wanted;
          pc = operand;
        }
        case RegexProgram.BEHIND, RegexProgram.NOT_BEHIND -> {
          boolean wanted = program.operations[pc] == RegexProgram.BEHIND;
          ok = isBehind(program.sets[operand], place) == wanted;
          pc++;
        }
        case RegexProgram.PLACE -> {
          ok = isAt(program.places.get(operand), place);
          pc++;
        }
        default -> {
          return finish(base, place, looking);
        }
      }
      if (!ok) {
        if (!backtrack(base)) {
          return NOWHERE;
        }
        pc = resumedAt;
        place = resumedPlace;
      }
    }
  }

  private boolean isBehind(CodePointSet set, int place) {
    return place > from && set.contains(Utf8.codePoint(text, Utf8.before(text, place)));
  }

  /// The last position where MANY, beginning at `place`, may end and has not failed; [#NOWHERE] if
  /// there is none.
  private int longestUntried(int pc, int place) {
    int end = runEnd(pc, place);
    RunMemory memory = runs[pc];
    if (memory.failedFrom > end) {
      return end;
    }
    return memory.failedFrom <= place ? NOWHERE : Utf8.before(text, memory.failedFrom);
  }

  private int resumedAt;
  private int resumedPlace;

  /// Resumes the last open choice; false if there is none.
  private boolean backtrack(int base) {
    while (depth > base) {
      int place = stack[--depth];
      int kind = stack[--depth];
      int pc = stack[--depth];
      if (kind == OTHERWISE) {
        resumedAt = pc;
        resumedPlace = place;
        return true;
      }
      if (kind == FEWER && retreat(pc, place)) {
        return true;
      }
    }
    return false;
  }

  /// Lets MANY, which failed from `end`, end one character earlier.
  private boolean retreat(int pc, int end) {
    int start = stack[depth - 1];
    RunMemory memory = runs[pc];
    if (end >= memory.start && end <= memory.end) {
      memory.failedFrom = Math.min(memory.failedFrom, end);
    }
    if (end <= start) {
      return false;
    }
    int earlier = Utf8.before(text, end);
    push(pc, FEWER, earlier);
    resumedAt = pc + 1;
    resumedPlace = earlier;
    return true;
  }

  /// Forks still on the stack are part of the match: they did not fail.
  private int finish(int base, int end, int looking) {
    for (int i = base; i < depth; i += 3) {
      if (stack[i + 1] == FAILED) {
        int pc = stack[i];
        int place = stack[i + 2];
        clear(failed[pc], place);
        if (looking > 0) {
          succeeded[pc] = set(succeeded[pc], place);
        }
      }
    }
    depth = base;
    if (looking == 0 && program.repeatsEmpty) {
      forgetPlace(end);
    }
    return end;
  }

  /// A fork may have failed here only because a repetition made an empty iteration.
  private void forgetPlace(int place) {
    for (int pc = 0; pc < failed.length; pc++) {
      if (isFork[pc] && isSet(failed[pc], place)) {
        clear(failed[pc], place);
      }
      runs[pc].failedFrom = Integer.MAX_VALUE;
    }
  }

  /// The end of the run of the set's characters that contains `place`.
  private int runEnd(int pc, int place) {
    RunMemory memory = runs[pc];
    if (place >= memory.start && place <= memory.end && memory.start >= 0) {
      return memory.end;
    }
    memory.start = place;
    memory.end = few(program.sets[program.first[pc]], place, Integer.MAX_VALUE);
    memory.failedFrom = Integer.MAX_VALUE;
    return memory.end;
  }

  private int few(CodePointSet set, int place, int most) {
    int end = place;
    for (int i = 0; i < most && end < to; i++) {
      if (!set.contains(Utf8.codePoint(text, end))) {
        break;
      }
      end += Utf8.length(text, end);
    }
    return end;
  }

  private boolean isAt(RegexNode.Anchor kind, int place) {
    return switch (kind) {
      case TEXT_START -> place == from;
      case TEXT_END -> place == to;
      case LINE_START -> place == from || (text[place - 1] == '\n' && place < to);
      case LINE_END -> place == to || text[place] == '\n';
      case LAST_LINE_END -> place == to || (place == to - 1 && text[place] == '\n');
      case WORD_BOUNDARY -> isWord(place - 1, true) != isWord(place, false);
      case NOT_WORD_BOUNDARY -> isWord(place - 1, true) == isWord(place, false);
    };
  }

  private boolean isWord(int place, boolean before) {
    if (place < from || place >= to) {
      return false;
    }
    int start = before ? Utf8.before(text, place + 1) : place;
    return ClassParser.WORD.contains(Utf8.codePoint(text, start));
  }

  private void push(int pc, int kind, int place) {
    if (depth + 3 > stack.length) {
      stack = Arrays.copyOf(stack, Math.multiplyExact(2, stack.length));
    }
    stack[depth++] = pc;
    stack[depth++] = kind;
    stack[depth++] = place;
  }

  private boolean isSet(long[] bits, int place) {
    int bit = place + shift;
    return bit >> 6 < bits.length && (bits[bit >> 6] >>> bit & 1) != 0;
  }

  private long[] set(long[] bits, int place) {
    int bit = place + shift;
    long[] wide = bits;
    if (bit >> 6 >= wide.length) {
      wide = Arrays.copyOf(wide, (bit >> 6) + (bit >> 7) + 4);
    }
    wide[bit >> 6] |= 1L << bit;
    return wide;
  }

  private void clear(long[] bits, int place) {
    int bit = place + shift;
    bits[bit >> 6] &= ~(1L << bit);
  }
}
