/// Compiles JSON Schema to GBNF. The door is [dev.fader.grammar.schema.JsonSchemaGrammar].
@NullMarked
package dev.fader.grammar.schema;

import org.jspecify.annotations.NullMarked;
