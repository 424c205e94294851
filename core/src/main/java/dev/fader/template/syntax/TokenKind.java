package dev.fader.template.syntax;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Kinds of tokens, with their names in errors.
public enum TokenKind {
  DATA("text"),
  OUTPUT_BEGIN("'{{'"),
  OUTPUT_END("'}}'"),
  BLOCK_BEGIN("'{%'"),
  BLOCK_END("'%}'"),
  NAME("a name"),
  STRING("a string"),
  WHOLE("an integer"),
  REAL("a number"),
  PLUS("'+'", true),
  MINUS("'-'", true),
  DIVIDE("'/'", true),
  FLOOR_DIVIDE("'//'", true),
  TIMES("'*'", true),
  MODULO("'%'", true),
  POWER("'**'", true),
  TILDE("'~'", true),
  LEFT_BRACKET("'['", true),
  RIGHT_BRACKET("']'", true),
  LEFT_PARENTHESIS("'('", true),
  RIGHT_PARENTHESIS("')'", true),
  LEFT_BRACE("'{'", true),
  RIGHT_BRACE("'}'", true),
  EQUAL("'=='", true),
  NOT_EQUAL("'!='", true),
  GREATER("'>'", true),
  GREATER_OR_EQUAL("'>='", true),
  LESS("'<'", true),
  LESS_OR_EQUAL("'<='", true),
  ASSIGN("'='", true),
  DOT("'.'", true),
  COLON("':'", true),
  PIPE("'|'", true),
  COMMA("','", true),
  SEMICOLON("';'", true),
  END("the end of the template");

  private final String description;
  private final boolean operator;

  TokenKind(String description) {
    this(description, false);
  }

  TokenKind(String description, boolean operator) {
    this.description = description;
    this.operator = operator;
  }

  public String description() {
    return description;
  }

  private static final Map<String, TokenKind> OPERATORS =
      Arrays.stream(values())
          .filter(kind -> kind.operator)
          .collect(Collectors.toUnmodifiableMap(TokenKind::symbol, kind -> kind));

  /// The operator that its description quotes.
  private String symbol() {
    return description.substring(1, description.length() - 1);
  }

  /// The longest operator or punctuation at a position of the source.
  static Optional<Token> operatorAt(String source, int place, int line) {
    for (int length = 2; length > 0; length--) {
      if (place + length <= source.length()) {
        var text = source.substring(place, place + length);
        var kind = OPERATORS.get(text);
        if (kind != null) {
          return Optional.of(new Token(kind, text, line));
        }
      }
    }
    return Optional.empty();
  }
}
