package dev.fader.template.syntax;

/// Kinds of tokens, and how errors call them.
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

  /// Whether it is what its description quotes.
  boolean isOperator() {
    return operator;
  }

  public String description() {
    return description;
  }
}
