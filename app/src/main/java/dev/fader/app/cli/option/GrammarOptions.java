package dev.fader.app.cli.option;

import dev.fader.grammar.Grammar;
import dev.fader.grammar.schema.JsonSchemaGrammar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What form a text must keep to.
final class GrammarOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--grammar",
      paramLabel = "GBNF|FILE",
      description = "Constrains the text to a GBNF grammar (it has a ::=), or a file of one.")
  private @Nullable String grammar;

  @Option(names = "--grammar-file", paramLabel = "FILE", description = "The same from a file.")
  private @Nullable Path grammarFile;

  @Option(
      names = "--json-schema",
      paramLabel = "JSON|FILE",
      description = "Constrains the text to a JSON Schema: an object ({...}), or a file of one.")
  private @Nullable String jsonSchema;

  @Option(names = "--json-schema-file", paramLabel = "FILE", description = "The same from a file.")
  private @Nullable Path jsonSchemaFile;

  @Option(names = "--json-mode", description = "Only a JSON object.")
  private boolean jsonMode;

  GrammarOptions() {}

  /// The grammar that was asked for.
  ///
  /// @throws dev.fader.grammar.GrammarException if it is wrong
  Optional<Grammar> grammar() throws IOException {
    int given = (jsonMode ? 1 : 0) + (grammar == null ? 0 : 1) + (grammarFile == null ? 0 : 1);
    given += (jsonSchema == null ? 0 : 1) + (jsonSchemaFile == null ? 0 : 1);
    if (given > 1) {
      throw new ParameterException(
          command.commandLine(),
          "only one grammar can constrain a text: give one grammar or JSON Schema");
    }
    if (grammar != null) {
      return Optional.of(
          Grammar.parse(grammar.contains("::=") ? grammar : TextInput.read(Path.of(grammar))));
    }
    if (grammarFile != null) {
      return Optional.of(Grammar.parse(TextInput.read(grammarFile)));
    }
    if (jsonSchema != null) {
      boolean isSchema = jsonSchema.isBlank() || jsonSchema.strip().startsWith("{");
      return Optional.of(
          JsonSchemaGrammar.parse(isSchema ? jsonSchema : TextInput.read(Path.of(jsonSchema))));
    }
    if (jsonSchemaFile != null) {
      return Optional.of(JsonSchemaGrammar.parse(TextInput.read(jsonSchemaFile)));
    }
    return jsonMode ? Optional.of(JsonSchemaGrammar.ofAnyObject()) : Optional.empty();
  }
}
