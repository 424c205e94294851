package dev.fader.template.syntax;

import java.util.List;
import java.util.Optional;

/// A part of a template: text, output or a statement.
public sealed interface Statement {
  /// Literal text.
  record Data(String text) implements Statement {}

  /// `{{ expression }}`
  record Output(int line, Expression expression) implements Statement {}

  /// Branches in order; the first whose condition holds is executed.
  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(int line, Expression condition, List<Statement> body) {}

  record For(int line, Head head, List<Statement> body, List<Statement> otherwise)
      implements Statement {}

  /// The head of a loop.
  ///
  /// @param condition selects the items
  /// @param recursive whether `loop(...)` renders the loop again one level deeper
  record Head(Target target, Expression items, Optional<Expression> condition, boolean recursive) {}

  record Set(int line, Target target, Expression value) implements Statement {}

  /// A macro's name and parameters; a `call` block has the name `caller`.
  ///
  /// @param defaults of the last parameters
  /// @param uses which of the names `caller`, `varargs` and `kwargs` the body uses
  record Signature(
      String name,
      List<String> parameters,
      List<Expression> defaults,
      java.util.Set<String> uses) {}

  record MacroDefinition(Signature signature, List<Statement> body) implements Statement {}

  record CallBlock(int line, Expression.Call call, MacroDefinition caller) implements Statement {}

  record With(int line, List<Binding> bindings, List<Statement> body) implements Statement {}

  record Binding(Target target, Expression value) {}

  /// Statements in a new scope, or for a named block in the global one.
  record Block(boolean named, List<Statement> body) implements Statement {}

  /// A `generation` block: what the assistant says.
  record Generation(List<Statement> body) implements Statement {}

  enum Jump implements Statement {
    BREAK,
    CONTINUE
  }

  /// The target of an assignment.
  sealed interface Target {
    record Variable(String name) implements Target {}

    record Member(String namespace, String attribute) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
