package dev.fader.template.syntax;

import dev.fader.template.syntax.Expression.Call;
import dev.fader.template.syntax.Statement.Binding;
import dev.fader.template.syntax.Statement.Block;
import dev.fader.template.syntax.Statement.Branch;
import dev.fader.template.syntax.Statement.CallBlock;
import dev.fader.template.syntax.Statement.Data;
import dev.fader.template.syntax.Statement.For;
import dev.fader.template.syntax.Statement.Head;
import dev.fader.template.syntax.Statement.If;
import dev.fader.template.syntax.Statement.Jump;
import dev.fader.template.syntax.Statement.MacroDefinition;
import dev.fader.template.syntax.Statement.Output;
import dev.fader.template.syntax.Statement.Set;
import dev.fader.template.syntax.Statement.Signature;
import dev.fader.template.syntax.Statement.Target;
import dev.fader.template.syntax.Statement.With;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Parses statements by Jinja's grammar.
public final class StatementParser {
  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private int loops;

  StatementParser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  public static List<Statement> parse(String source) {
    var tokens = new TokenStream(Lexer.tokens(source));
    var parser = new StatementParser(tokens);
    var statements = parser.statements(List.of());
    if (!tokens.is(TokenKind.END)) {
      throw tokens.problem("unexpected " + tokens.current().description());
    }
    return statements;
  }

  /// Parses statements up to one of `ends`; its `{%` is consumed and its name is not.
  private List<Statement> statements(List<String> ends) {
    tokens.enter();
    var statements = new ArrayList<Statement>();
    while (true) {
      int line = tokens.line();
      switch (tokens.current().kind()) {
        case DATA -> statements.add(new Data(tokens.next().text()));
        case OUTPUT_BEGIN -> {
          tokens.next();
          statements.add(new Output(line, expressions.tuple(true, "")));
          tokens.expect(TokenKind.OUTPUT_END);
        }
        case BLOCK_BEGIN -> {
          tokens.next();
          if (tokens.is(TokenKind.NAME) && ends.contains(tokens.current().text())) {
            tokens.leave();
            return statements;
          }
          statements.add(statement());
          tokens.expect(TokenKind.BLOCK_END);
        }
        default -> {
          if (!ends.isEmpty()) {
            throw tokens.problem(
                "the template ends where '{%% %s %%}' should be: close the block"
                    .formatted(ends.getLast()));
          }
          tokens.leave();
          return statements;
        }
      }
    }
  }

  /// Parses the body of the current statement; returns the name that ended it.
  private List<Statement> body(String... ends) {
    tokens.skip(TokenKind.COLON);
    tokens.expect(TokenKind.BLOCK_END);
    return statements(List.of(ends));
  }

  private List<Statement> wholeBody(String end) {
    var body = body(end);
    tokens.next();
    return body;
  }

  /// Parses a body that `break` and `continue` cannot leave.
  private List<Statement> bodyOfItsOwn(String end) {
    int around = loops;
    loops = 0;
    var body = wholeBody(end);
    loops = around;
    return body;
  }

  private Statement statement() {
    int line = tokens.line();
    var name = tokens.expect(TokenKind.NAME).text();
    return switch (name) {
      case "if" -> condition();
      case "for" -> loop(line);
      case "set" -> assignment(line);
      case "macro" -> macro();
      case "call" -> call(line);
      case "filter" -> filter(line);
      case "with" -> with(line);
      case "print" -> print(line);
      case "generation" -> new Statement.Generation(wholeBody("endgeneration"));
      case "block" -> block();
      case "autoescape" -> autoescape();
      case "break" -> jump(Jump.BREAK, name);
      case "continue" -> jump(Jump.CONTINUE, name);
      case "extends", "include", "import", "from" ->
          throw new TemplateSyntaxException(
              "'%s' asks for another template, and there is none: write it into this one"
                  .formatted(name),
              line);
      default ->
          throw new TemplateSyntaxException(
              "unknown statement '%s'".formatted(Characters.printable(name)), line);
    };
  }

  private Output print(int line) {
    var parts = new ArrayList<Expression>();
    do {
      parts.add(expressions.expression());
    } while (tokens.skip(TokenKind.COMMA));
    return new Output(line, new Expression.Concatenation(parts));
  }

  private Jump jump(Jump jump, String name) {
    if (loops == 0) {
      throw tokens.problem("'%s' stands outside a loop".formatted(name));
    }
    return jump;
  }

  private If condition() {
    var branches = new ArrayList<Branch>();
    while (true) {
      int line = tokens.line();
      var condition = expressions.tuple(false, "");
      branches.add(new Branch(line, condition, body("elif", "else", "endif")));
      var end = tokens.next().text();
      if (end.equals("endif")) {
        return new If(branches, List.of());
      }
      if (end.equals("else")) {
        return new If(branches, wholeBody("endif"));
      }
    }
  }

  private For loop(int line) {
    var target = target("in");
    if (assigns(target, "loop")) {
      throw tokens.problem("'loop' is the loop itself: choose another name for its items");
    }
    tokens.expect("in");
    var items = expressions.tuple(false, "recursive");
    Optional<Expression> condition =
        tokens.skip("if") ? Optional.of(expressions.expression()) : Optional.empty();
    boolean recursive = tokens.skip("recursive");
    loops++;
    var body = body("else", "endfor");
    loops--;
    boolean hasElse = tokens.next().text().equals("else");
    var otherwise = hasElse ? wholeBody("endfor") : List.<Statement>of();
    return new For(line, new Head(target, items, condition, recursive), body, otherwise);
  }

  private static boolean assigns(Target target, String name) {
    return switch (target) {
      case Target.Variable variable -> variable.name().equals(name);
      case Target.Member _ -> false;
      case Target.Several several -> several.targets().stream().anyMatch(t -> assigns(t, name));
    };
  }

  private Set assignment(int line) {
    var target = target("");
    if (tokens.skip(TokenKind.ASSIGN)) {
      return new Set(line, target, expressions.tuple(true, ""));
    }
    var filters = new ArrayList<Expression.Filter>();
    Expression placeholder = new Expression.Body(List.of());
    while (tokens.skip(TokenKind.PIPE)) {
      filters.add(expressions.postfix().filter(placeholder));
    }
    Expression value = new Expression.Body(bodyOfItsOwn("endset"));
    for (var filter : filters) {
      value = new Expression.Filter(value, filter.name(), filter.arguments());
    }
    return new Set(line, target, value);
  }

  private Output filter(int line) {
    var filters = new ArrayList<Expression.Filter>();
    Expression placeholder = new Expression.Body(List.of());
    do {
      filters.add(expressions.postfix().filter(placeholder));
    } while (tokens.skip(TokenKind.PIPE));
    Expression value = new Expression.Body(bodyOfItsOwn("endfilter"));
    for (var filter : filters) {
      value = new Expression.Filter(value, filter.name(), filter.arguments());
    }
    return new Output(line, value);
  }

  private MacroDefinition macro() {
    var name = variable();
    tokens.expect(TokenKind.LEFT_PARENTHESIS);
    return definition(name, "endmacro");
  }

  private CallBlock call(int line) {
    boolean takes = tokens.skip(TokenKind.LEFT_PARENTHESIS);
    var parameters = takes ? parameters() : new Parameters(List.of(), List.of());
    if (!(expressions.expression() instanceof Call call)) {
      throw tokens.problem("'call' needs the call of a macro: write '{% call name() %}'");
    }
    var definition = definition("caller", parameters, "endcall");
    return new CallBlock(line, call, definition);
  }

  private record Parameters(List<String> names, List<Expression> defaults) {}

  private MacroDefinition definition(String name, String end) {
    return definition(name, parameters(), end);
  }

  private MacroDefinition definition(String name, Parameters parameters, String end) {
    tokens.beginMacro();
    var body = bodyOfItsOwn(end);
    var uses = tokens.endMacro();
    return new MacroDefinition(
        new Signature(name, parameters.names, parameters.defaults, uses), body);
  }

  /// Parses the parameters after `(`, up to and including `)`.
  private Parameters parameters() {
    var names = new ArrayList<String>();
    var defaults = new ArrayList<Expression>();
    while (!tokens.is(TokenKind.RIGHT_PARENTHESIS)) {
      if (!names.isEmpty()) {
        tokens.expect(TokenKind.COMMA);
      }
      names.add(variable());
      if (tokens.skip(TokenKind.ASSIGN)) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw tokens.problem("a parameter without a default follows one with: put it first");
      }
    }
    tokens.expect(TokenKind.RIGHT_PARENTHESIS);
    return new Parameters(names, defaults);
  }

  private With with(int line) {
    var bindings = new ArrayList<Binding>();
    while (!tokens.is(TokenKind.BLOCK_END)) {
      if (!bindings.isEmpty()) {
        tokens.expect(TokenKind.COMMA);
      }
      var target = target("");
      tokens.expect(TokenKind.ASSIGN);
      bindings.add(new Binding(target, expressions.expression()));
    }
    return new With(line, bindings, wholeBody("endwith"));
  }

  /// A named block: without inheritance just its body, which does not see the variables of
  /// enclosing loops.
  private Block block() {
    var name = variable();
    boolean scoped = tokens.skip("scoped");
    tokens.skip("required");
    var body = wholeBody("endblock");
    tokens.skip(name);
    return new Block(!scoped, body);
  }

  private Block autoescape() {
    int line = tokens.line();
    var choice = expressions.expression();
    if (!(choice instanceof Expression.Constant constant) || constant.literal().isTrue()) {
      throw new TemplateSyntaxException(
          "chat templates are not escaped: only '{% autoescape false %}' is known", line);
    }
    return new Block(false, wholeBody("endautoescape"));
  }

  /// The target of an assignment: a name, `namespace.name`, or several of them.
  private Target target(String end) {
    var targets = new ArrayList<Target>();
    boolean several = false;
    while (!tokens.is(TokenKind.ASSIGN)
        && !tokens.is(TokenKind.BLOCK_END)
        && !tokens.is(TokenKind.RIGHT_PARENTHESIS)
        && (end.isEmpty() || !tokens.is(end))) {
      targets.add(singleTarget());
      if (!tokens.skip(TokenKind.COMMA)) {
        break;
      }
      several = true;
    }
    if (targets.isEmpty()) {
      throw tokens.problem("expected a name, got " + tokens.current().description());
    }
    return several ? new Target.Several(targets) : targets.getFirst();
  }

  private Target singleTarget() {
    if (tokens.skip(TokenKind.LEFT_PARENTHESIS)) {
      tokens.enter();
      var inside = target("");
      tokens.expect(TokenKind.RIGHT_PARENTHESIS);
      tokens.leave();
      return inside;
    }
    var name = variable();
    return tokens.skip(TokenKind.DOT)
        ? new Target.Member(name, tokens.expect(TokenKind.NAME).text())
        : new Target.Variable(name);
  }

  private String variable() {
    var name = tokens.expect(TokenKind.NAME).text();
    return switch (name) {
      case "true", "false", "none", "True", "False", "None" ->
          throw tokens.problem("cannot assign to '%s'".formatted(name));
      default -> name;
    };
  }
}
