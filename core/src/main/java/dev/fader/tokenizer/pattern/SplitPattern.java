package dev.fader.tokenizer.pattern;

import java.util.Arrays;
import java.util.Optional;

/// The regular expressions by which common tokenizers split text into words, each matched by a
/// hand-written loop that looks at each character once and never backtracks. Character classes are
/// those of the JDK's Unicode version.
public enum SplitPattern {
  /// GPT-2's `encoder.py`.
  GPT2(
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"),
  /// GPT-4's `cl100k_base` in tiktoken, and Llama 3's: numbers in groups of three.
  CL100K(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"),
  /// Qwen 2's: as GPT-4's, with single digits.
  QWEN2(
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
  /// Single code points.
  CHARACTERS("[\\s\\S]");

  private final String regex;
  private final String tiktokens;

  SplitPattern(String regex) {
    this(regex, regex);
  }

  /// @param tiktokens the spelling of OpenAI's tiktoken
  SplitPattern(String regex, String tiktokens) {
    this.regex = regex;
    this.tiktokens = tiktokens;
  }

  /// The expression as written into `tokenizer.json`.
  public String regex() {
    return regex;
  }

  /// The pattern with exactly this spelling, if it is known.
  public static Optional<SplitPattern> spelled(String regex) {
    return Arrays.stream(values())
        .filter(known -> known.regex.equals(regex) || known.tiktokens.equals(regex))
        .findFirst();
  }

  /// The end of the word that starts at `at` in the UTF-8 `text[0, end)`, `at < end`.
  public int wordEnd(byte[] text, int at, int end) {
    return switch (this) {
      case GPT2 -> gpt2(text, at, end);
      case CL100K -> cl100k(text, at, end, 3);
      case QWEN2 -> cl100k(text, at, end, 1);
      case CHARACTERS -> at + Utf8.length(text, at);
    };
  }

  private static int gpt2(byte[] text, int at, int end) {
    if (text[at] == '\'') {
      int contraction = Contraction.lowerCaseEnd(text, at, end);
      if (contraction > at) {
        return contraction;
      }
    }
    int word = text[at] == ' ' && at + 1 < end ? at + 1 : at;
    byte kind = CharacterKind.at(text, word);
    if (CharacterKind.isSpace(kind)) {
      return spaceEnd(text, at, end);
    }
    return runEnd(text, word, end, kind);
  }

  private static int cl100k(byte[] text, int at, int end, int digits) {
    if (text[at] == '\'') {
      int contraction = Contraction.anyCaseEnd(text, at, end);
      if (contraction > at) {
        return contraction;
      }
    }
    byte kind = CharacterKind.at(text, at);
    if (kind == CharacterKind.LETTER) {
      return runEnd(text, at, end, kind);
    }
    if (kind == CharacterKind.NUMBER) {
      return digitsEnd(text, at, end, digits);
    }
    int next = at + Utf8.length(text, at);
    byte nextKind = next < end ? CharacterKind.at(text, next) : CharacterKind.SPACE;
    if (kind != CharacterKind.NEWLINE && nextKind == CharacterKind.LETTER) {
      return runEnd(text, next, end, nextKind);
    }
    if (kind == CharacterKind.OTHER) {
      return newlinesEnd(text, runEnd(text, at, end, kind), end);
    }
    if (text[at] == ' ' && nextKind == CharacterKind.OTHER) {
      return newlinesEnd(text, runEnd(text, next, end, nextKind), end);
    }
    return spaceEndAfterNewline(text, at, end);
  }

  private static int runEnd(byte[] text, int at, int end, byte kind) {
    int run = at;
    while (run < end && CharacterKind.at(text, run) == kind) {
      run += Utf8.length(text, run);
    }
    return run;
  }

  private static int digitsEnd(byte[] text, int at, int end, int digits) {
    int run = at;
    for (int i = 0; i < digits && run < end; i++) {
      if (CharacterKind.at(text, run) != CharacterKind.NUMBER) {
        break;
      }
      run += Utf8.length(text, run);
    }
    return run;
  }

  private static int newlinesEnd(byte[] text, int at, int end) {
    int run = at;
    while (run < end && (text[run] == '\n' || text[run] == '\r')) {
      run++;
    }
    return run;
  }

  /// `\s+(?!\S)|\s+`: white space, except the last character if a word follows.
  private static int spaceEnd(byte[] text, int at, int end) {
    int run = at;
    int last = at;
    while (run < end && CharacterKind.isSpace(CharacterKind.at(text, run))) {
      last = run;
      run += Utf8.length(text, run);
    }
    return run == end || last == at ? run : last;
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end, or as [#spaceEnd] if there is none.
  private static int spaceEndAfterNewline(byte[] text, int at, int end) {
    int run = at;
    int last = at;
    int afterNewline = at;
    while (run < end) {
      byte kind = CharacterKind.at(text, run);
      if (!CharacterKind.isSpace(kind)) {
        break;
      }
      last = run;
      run += Utf8.length(text, run);
      if (kind == CharacterKind.NEWLINE) {
        afterNewline = run;
      }
    }
    if (afterNewline > at) {
      return afterNewline;
    }
    return run == end || last == at ? run : last;
  }
}
