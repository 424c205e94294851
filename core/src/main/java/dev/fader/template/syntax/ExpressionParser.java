package dev.fader.template.syntax;

import dev.fader.template.syntax.Expression.And;
import dev.fader.template.syntax.Expression.Arithmetic;
import dev.fader.template.syntax.Expression.Comparison;
import dev.fader.template.syntax.Expression.ComparisonOperator;
import dev.fader.template.syntax.Expression.Comparisons;
import dev.fader.template.syntax.Expression.Concatenation;
import dev.fader.template.syntax.Expression.Conditional;
import dev.fader.template.syntax.Expression.Constant;
import dev.fader.template.syntax.Expression.DictOf;
import dev.fader.template.syntax.Expression.Entry;
import dev.fader.template.syntax.Expression.ListOf;
import dev.fader.template.syntax.Expression.Name;
import dev.fader.template.syntax.Expression.Not;
import dev.fader.template.syntax.Expression.Or;
import dev.fader.template.syntax.Expression.Sign;
import dev.fader.template.syntax.Expression.Step;
import dev.fader.template.syntax.Expression.TupleOf;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Parses expressions by Jinja's grammar, from the lowest to the highest precedence.
final class ExpressionParser {
  private static final Set<TokenKind> SUMS = EnumSet.of(TokenKind.PLUS, TokenKind.MINUS);
  private static final Set<TokenKind> PRODUCTS =
      EnumSet.of(TokenKind.TIMES, TokenKind.DIVIDE, TokenKind.FLOOR_DIVIDE, TokenKind.MODULO);
  private static final Set<TokenKind> TUPLE_ENDS =
      EnumSet.of(TokenKind.OUTPUT_END, TokenKind.BLOCK_END, TokenKind.RIGHT_PARENTHESIS);

  private final TokenStream tokens;
  private final PostfixParser postfix;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.postfix = new PostfixParser(tokens, this);
  }

  PostfixParser postfix() {
    return postfix;
  }

  Expression expression() {
    tokens.enter();
    var yes = or();
    while (tokens.skip("if")) {
      var condition = or();
      Optional<Expression> no = tokens.skip("else") ? Optional.of(expression()) : Optional.empty();
      yes = new Conditional(condition, yes, no);
    }
    tokens.leave();
    return yes;
  }

  /// An expression without a conditional: an `if` after it belongs to the statement.
  Expression withoutCondition() {
    tokens.enter();
    var parsed = or();
    tokens.leave();
    return parsed;
  }

  /// One expression, or a tuple without parentheses.
  Expression tuple(boolean conditional, String end) {
    var parts = new ArrayList<Expression>();
    boolean several = false;
    while (!TUPLE_ENDS.contains(tokens.current().kind()) && (end.isEmpty() || !tokens.is(end))) {
      parts.add(conditional ? expression() : withoutCondition());
      if (!tokens.skip(TokenKind.COMMA)) {
        break;
      }
      several = true;
    }
    if (parts.isEmpty()) {
      throw tokens.problem("expected an expression, got " + tokens.current().description());
    }
    return several ? new TupleOf(parts) : parts.getFirst();
  }

  private Expression or() {
    var parts = new ArrayList<>(List.of(and()));
    while (tokens.skip("or")) {
      parts.add(and());
    }
    return parts.size() == 1 ? parts.getFirst() : new Or(parts);
  }

  private Expression and() {
    var parts = new ArrayList<>(List.of(not()));
    while (tokens.skip("and")) {
      parts.add(not());
    }
    return parts.size() == 1 ? parts.getFirst() : new And(parts);
  }

  private Expression not() {
    if (!tokens.skip("not")) {
      return comparisons();
    }
    tokens.enter();
    var not = new Not(not());
    tokens.leave();
    return not;
  }

  private Expression comparisons() {
    var first = sum();
    var others = new ArrayList<Comparison>();
    for (var relation = relation(); relation.isPresent(); relation = relation()) {
      others.add(new Comparison(relation.get(), sum()));
    }
    return others.isEmpty() ? first : new Comparisons(first, others);
  }

  private Optional<ComparisonOperator> relation() {
    if (tokens.is("not") && tokens.following().is("in")) {
      tokens.next();
      tokens.next();
      return Optional.of(ComparisonOperator.NOT_IN);
    }
    if (tokens.skip("in")) {
      return Optional.of(ComparisonOperator.IN);
    }
    Optional<ComparisonOperator> found =
        switch (tokens.current().kind()) {
          case EQUAL -> Optional.of(ComparisonOperator.EQUAL);
          case NOT_EQUAL -> Optional.of(ComparisonOperator.NOT_EQUAL);
          case LESS -> Optional.of(ComparisonOperator.LESS);
          case LESS_OR_EQUAL -> Optional.of(ComparisonOperator.LESS_OR_EQUAL);
          case GREATER -> Optional.of(ComparisonOperator.GREATER);
          case GREATER_OR_EQUAL -> Optional.of(ComparisonOperator.GREATER_OR_EQUAL);
          default -> Optional.empty();
        };
    if (found.isPresent()) {
      tokens.next();
    }
    return found;
  }

  private Expression sum() {
    var first = concatenation();
    var steps = new ArrayList<Step>();
    while (SUMS.contains(tokens.current().kind())) {
      steps.add(new Step(tokens.next().kind(), concatenation()));
    }
    return steps.isEmpty() ? first : new Arithmetic(first, steps);
  }

  private Expression concatenation() {
    var parts = new ArrayList<>(List.of(product()));
    while (tokens.skip(TokenKind.TILDE)) {
      parts.add(product());
    }
    return parts.size() == 1 ? parts.getFirst() : new Concatenation(parts);
  }

  private Expression product() {
    var first = power();
    var steps = new ArrayList<Step>();
    while (PRODUCTS.contains(tokens.current().kind())) {
      steps.add(new Step(tokens.next().kind(), power()));
    }
    return steps.isEmpty() ? first : new Arithmetic(first, steps);
  }

  private Expression power() {
    var first = unary(true);
    var steps = new ArrayList<Step>();
    while (tokens.is(TokenKind.POWER)) {
      steps.add(new Step(tokens.next().kind(), unary(true)));
    }
    return steps.isEmpty() ? first : new Arithmetic(first, steps);
  }

  private Expression unary(boolean withFilters) {
    Expression parsed;
    if (tokens.is(TokenKind.MINUS) || tokens.is(TokenKind.PLUS)) {
      tokens.enter();
      boolean negative = tokens.next().kind() == TokenKind.MINUS;
      parsed = new Sign(negative, unary(false));
      tokens.leave();
    } else {
      parsed = primary();
    }
    parsed = postfix.after(parsed);
    return withFilters ? postfix.filters(parsed) : parsed;
  }

  /// A literal, a name, or a bracketed expression.
  Expression primary() {
    var token = tokens.current();
    return switch (token.kind()) {
      case NAME -> name();
      case STRING -> string();
      case WHOLE -> new Constant(whole(tokens.next()));
      case REAL -> new Constant(new Literal.Real(Double.parseDouble(tokens.next().text())));
      case LEFT_PARENTHESIS -> parenthesized();
      case LEFT_BRACKET -> list();
      case LEFT_BRACE -> dict();
      default -> throw tokens.problem("unexpected " + token.description());
    };
  }

  private Expression name() {
    var name = tokens.next().text();
    tokens.used(name);
    return switch (name) {
      case "true", "True" -> new Constant(new Literal.Bool(true));
      case "false", "False" -> new Constant(new Literal.Bool(false));
      case "none", "None" -> new Constant(new Literal.None());
      default -> new Name(name);
    };
  }

  /// Adjacent string literals are concatenated.
  private Expression string() {
    var text = new StringBuilder();
    while (tokens.is(TokenKind.STRING)) {
      text.append(tokens.next().text());
    }
    return new Constant(new Literal.Text(text.toString()));
  }

  static Literal.Int whole(Token token) {
    var digits = token.text();
    if (digits.startsWith("0")
        && digits.chars().anyMatch(c -> c > '0' && c <= '9')
        && digits.charAt(1) <= '9') {
      throw new TemplateSyntaxException(
          "%s begins with 0: write the number without".formatted(Characters.printable(digits)),
          token.line());
    }
    if (digits.length() > NumberLiteral.MOST_DIGITS) {
      throw new TemplateSyntaxException(
          "an integer has more than %d digits: use a smaller one"
              .formatted(NumberLiteral.MOST_DIGITS),
          token.line());
    }
    char radix = digits.length() > 1 ? Character.toLowerCase(digits.charAt(1)) : 0;
    return new Literal.Int(
        switch (radix) {
          case 'x' -> new BigInteger(digits.substring(2), 16);
          case 'o' -> new BigInteger(digits.substring(2), 8);
          case 'b' -> new BigInteger(digits.substring(2), 2);
          default -> new BigInteger(digits);
        });
  }

  private Expression parenthesized() {
    tokens.next();
    var inside = tokens.is(TokenKind.RIGHT_PARENTHESIS) ? new TupleOf(List.of()) : tuple(true, "");
    tokens.expect(TokenKind.RIGHT_PARENTHESIS);
    return inside;
  }

  private Expression list() {
    tokens.next();
    var parts = new ArrayList<Expression>();
    while (!tokens.is(TokenKind.RIGHT_BRACKET)) {
      if (!parts.isEmpty()) {
        tokens.expect(TokenKind.COMMA);
        if (tokens.is(TokenKind.RIGHT_BRACKET)) {
          break;
        }
      }
      parts.add(expression());
    }
    tokens.expect(TokenKind.RIGHT_BRACKET);
    return new ListOf(parts);
  }

  private Expression dict() {
    tokens.next();
    var entries = new ArrayList<Entry>();
    while (!tokens.is(TokenKind.RIGHT_BRACE)) {
      if (!entries.isEmpty()) {
        tokens.expect(TokenKind.COMMA);
        if (tokens.is(TokenKind.RIGHT_BRACE)) {
          break;
        }
      }
      var key = expression();
      tokens.expect(TokenKind.COLON);
      entries.add(new Entry(key, expression()));
    }
    tokens.expect(TokenKind.RIGHT_BRACE);
    return new DictOf(entries);
  }
}
