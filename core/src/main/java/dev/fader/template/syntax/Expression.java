package dev.fader.template.syntax;

import java.util.List;
import java.util.Optional;

/// An expression between `{{` and `}}` or in a statement.
public sealed interface Expression {
  /// A literal value.
  record Constant(Literal literal) implements Expression {}

  record Name(String name) implements Expression {}

  /// Adjacent string literals, or texts joined with `~`.
  record Concatenation(List<Expression> parts) implements Expression {}

  record ListOf(List<Expression> parts) implements Expression {}

  record TupleOf(List<Expression> parts) implements Expression {}

  record DictOf(List<Entry> entries) implements Expression {}

  record Entry(Expression key, Expression value) {}

  /// `first + second - third`, evaluated from left to right.
  record Arithmetic(Expression first, List<Step> steps) implements Expression {}

  record Step(TokenKind operator, Expression operand) {}

  record Sign(boolean negative, Expression operand) implements Expression {}

  record Not(Expression operand) implements Expression {}

  /// `a and b and c`: the first false operand, else the last.
  record And(List<Expression> parts) implements Expression {}

  /// `a or b or c`: the first true operand, else the last.
  record Or(List<Expression> parts) implements Expression {}

  /// `a < b <= c`: every adjacent pair is compared.
  record Comparisons(Expression first, List<Comparison> others) implements Expression {}

  record Comparison(ComparisonOperator relation, Expression operand) {}

  enum ComparisonOperator {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    NOT_IN
  }

  /// `yes if condition else no`
  record Conditional(Expression condition, Expression yes, Optional<Expression> no)
      implements Expression {}

  /// `of.name`
  record Attribute(Expression of, String name) implements Expression {}

  /// `of[index]`
  record Item(Expression of, Expression index) implements Expression {}

  /// `of[start:stop:step]`
  record Slice(Expression of, Bounds bounds) implements Expression {}

  record Bounds(Optional<Expression> start, Optional<Expression> stop, Optional<Expression> step) {}

  record Call(Expression function, Arguments arguments) implements Expression {}

  /// `value | name(arguments)`. The value is missing in a `filter` block.
  record Filter(Expression value, String name, Arguments arguments) implements Expression {}

  /// `value is name(arguments)`
  record Test(Expression value, String name, Arguments arguments) implements Expression {}

  /// The arguments of a call.
  record Arguments(
      List<Expression> positional,
      List<Keyword> keywords,
      Optional<Expression> more,
      Optional<Expression> moreKeywords) {
    public boolean isEmpty() {
      return positional.isEmpty() && keywords.isEmpty() && more.isEmpty() && moreKeywords.isEmpty();
    }

    static final Arguments NONE =
        new Arguments(List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  record Keyword(String name, Expression value) {}

  /// The text of the filtered block.
  record Body(List<Statement> statements) implements Expression {}
}
