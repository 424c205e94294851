package dev.fader.template.syntax;

import dev.fader.template.syntax.Expression.Arguments;
import dev.fader.template.syntax.Expression.Attribute;
import dev.fader.template.syntax.Expression.Bounds;
import dev.fader.template.syntax.Expression.Call;
import dev.fader.template.syntax.Expression.Constant;
import dev.fader.template.syntax.Expression.Filter;
import dev.fader.template.syntax.Expression.Item;
import dev.fader.template.syntax.Expression.Keyword;
import dev.fader.template.syntax.Expression.Not;
import dev.fader.template.syntax.Expression.Slice;
import dev.fader.template.syntax.Expression.Test;
import dev.fader.template.syntax.Expression.TupleOf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Parses what follows a value: attributes, items, calls, filters and tests.
final class PostfixParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PostfixParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /// Parses attributes, items and calls.
  Expression after(Expression first) {
    var parsed = first;
    while (true) {
      switch (tokens.current().kind()) {
        case DOT -> parsed = attribute(parsed);
        case LEFT_BRACKET -> parsed = item(parsed);
        case LEFT_PARENTHESIS -> parsed = new Call(parsed, arguments());
        default -> {
          return parsed;
        }
      }
    }
  }

  /// Parses filters and tests.
  Expression filters(Expression first) {
    var parsed = first;
    while (true) {
      if (tokens.skip(TokenKind.PIPE)) {
        parsed = filter(parsed);
      } else if (tokens.skip("is")) {
        parsed = test(parsed);
      } else if (tokens.is(TokenKind.LEFT_PARENTHESIS)) {
        parsed = new Call(parsed, arguments());
      } else {
        return parsed;
      }
    }
  }

  /// Parses a filter with its arguments, after the `|`.
  Filter filter(Expression value) {
    var name = filterName();
    var arguments = tokens.is(TokenKind.LEFT_PARENTHESIS) ? arguments() : Arguments.NONE;
    return new Filter(value, name, arguments);
  }

  private String filterName() {
    var name = new StringBuilder(tokens.expect(TokenKind.NAME).text());
    while (tokens.skip(TokenKind.DOT)) {
      name.append('.').append(tokens.expect(TokenKind.NAME).text());
    }
    return name.toString();
  }

  private Expression test(Expression value) {
    boolean negated = tokens.skip("not");
    var name = filterName();
    Expression test = new Test(value, name, testArguments());
    return negated ? new Not(test) : test;
  }

  private Arguments testArguments() {
    var token = tokens.current();
    return switch (token.kind()) {
      case LEFT_PARENTHESIS -> arguments();
      case NAME -> {
        if (token.is("else") || token.is("or") || token.is("and")) {
          yield Arguments.NONE;
        }
        if (token.is("is")) {
          throw tokens.problem("tests cannot follow each other: write 'a is b and a is c'");
        }
        yield testArgument();
      }
      case STRING, WHOLE, REAL, LEFT_BRACKET, LEFT_BRACE -> testArgument();
      default -> Arguments.NONE;
    };
  }

  private Arguments testArgument() {
    var argument = after(expressions.primary());
    return new Arguments(List.of(argument), List.of(), Optional.empty(), Optional.empty());
  }

  private Expression attribute(Expression of) {
    tokens.next();
    if (tokens.is(TokenKind.WHOLE)) {
      return new Item(of, new Constant(ExpressionParser.whole(tokens.next())));
    }
    if (!tokens.is(TokenKind.NAME)) {
      throw tokens.problem(
          "expected a name or a number after '.', got " + tokens.current().description());
    }
    return new Attribute(of, tokens.next().text());
  }

  private Expression item(Expression of) {
    tokens.next();
    if (isSlice()) {
      var slice = new Slice(of, bounds(Optional.empty()));
      tokens.expect(TokenKind.RIGHT_BRACKET);
      return slice;
    }
    var parts = new ArrayList<>(List.of(expressions.expression()));
    if (isSlice()) {
      var slice = new Slice(of, bounds(Optional.of(parts.getFirst())));
      tokens.expect(TokenKind.RIGHT_BRACKET);
      return slice;
    }
    while (tokens.skip(TokenKind.COMMA)) {
      parts.add(expressions.expression());
    }
    tokens.expect(TokenKind.RIGHT_BRACKET);
    return new Item(of, parts.size() == 1 ? parts.getFirst() : new TupleOf(parts));
  }

  private boolean isSlice() {
    return tokens.is(TokenKind.COLON);
  }

  private Bounds bounds(Optional<Expression> start) {
    tokens.expect(TokenKind.COLON);
    var stop = bound();
    var step = tokens.skip(TokenKind.COLON) ? bound() : Optional.<Expression>empty();
    return new Bounds(start, stop, step);
  }

  private Optional<Expression> bound() {
    return switch (tokens.current().kind()) {
      case COLON, RIGHT_BRACKET -> Optional.empty();
      default -> Optional.of(expressions.expression());
    };
  }

  /// Parses the arguments of a call, from `(` to `)`.
  Arguments arguments() {
    tokens.expect(TokenKind.LEFT_PARENTHESIS);
    var positional = new ArrayList<Expression>();
    var keywords = new ArrayList<Keyword>();
    Optional<Expression> more = Optional.empty();
    Optional<Expression> moreKeywords = Optional.empty();
    boolean first = true;
    while (!tokens.is(TokenKind.RIGHT_PARENTHESIS)) {
      if (!first) {
        tokens.expect(TokenKind.COMMA);
        if (tokens.is(TokenKind.RIGHT_PARENTHESIS)) {
          break;
        }
      }
      first = false;
      if (tokens.is(TokenKind.TIMES) && more.isEmpty() && moreKeywords.isEmpty()) {
        tokens.next();
        more = Optional.of(expressions.expression());
      } else if (tokens.is(TokenKind.POWER) && moreKeywords.isEmpty()) {
        tokens.next();
        moreKeywords = Optional.of(expressions.expression());
      } else if (tokens.is(TokenKind.NAME) && tokens.following().kind() == TokenKind.ASSIGN) {
        var name = tokens.next().text();
        tokens.next();
        keywords.add(new Keyword(name, expressions.expression()));
      } else if (keywords.isEmpty() && more.isEmpty() && moreKeywords.isEmpty()) {
        positional.add(expressions.expression());
      } else {
        throw tokens.problem("an argument without a name follows one with a name: put it first");
      }
    }
    tokens.expect(TokenKind.RIGHT_PARENTHESIS);
    return new Arguments(positional, keywords, more, moreKeywords);
  }
}
