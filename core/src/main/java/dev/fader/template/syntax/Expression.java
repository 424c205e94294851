package dev.fader.template.syntax;

import java.util.List;
import java.util.Optional;

/// What stands between `{{` and `}}`, and in statements.
public sealed interface Expression {
  /// A value that is written out.
  record Constant(Literal literal) implements Expression {}

  record Name(String name) implements Expression {}

  /// Texts that are written out next to each other or joined with `~`.
  record Concatenation(List<Expression> parts) implements Expression {}

  record ListOf(List<Expression> parts) implements Expression {}

  record TupleOf(List<Expression> parts) implements Expression {}

  record DictOf(List<Entry> entries) implements Expression {}

  record Entry(Expression key, Expression value) {}

  /// `first + second - third`: from left to right.
  record Arithmetic(Expression first, List<Step> steps) implements Expression {}

  record Step(TokenKind operator, Expression operand) {}

  record Sign(boolean negative, Expression operand) implements Expression {}

  record Not(Expression operand) implements Expression {}

  /// `a and b and c`: the first that is false, else the last.
  record And(List<Expression> parts) implements Expression {}

  /// `a or b or c`: the first that is true, else the last.
  record Or(List<Expression> parts) implements Expression {}

  /// `a < b <= c`: each neighbours.
  record Comparisons(Expression first, List<Comparison> others) implements Expression {}

  record Comparison(Relation relation, Expression operand) {}

  enum Relation {
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

  /// `value | name(arguments)`. Without a value it is what a block is filtered with.
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

  /// The text of the block that a filter is put around.
  record Body(List<Statement> statements) implements Expression {}
}
