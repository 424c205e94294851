package dev.fader.generate;

import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.template.Limits;
import dev.fader.template.Rendering;
import dev.fader.template.Rendering.Span;
import dev.fader.template.Template;
import dev.fader.template.Traced;
import dev.fader.template.Untrusted;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// A model's chat template: how a conversation becomes text. Immutable.
///
/// Text of the template may become special tokens; the content of messages never does, whatever it
/// looks like.
public final class ChatTemplate {
  /// Roles are chosen by programs, not users; templates build special tokens around them.
  private static final Pattern ROLE = Pattern.compile("[A-Za-z_]{1,32}");

  /// Usual end-of-answer tokens, which model files do not always declare.
  private static final List<String> ENDS =
      List.of(
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<end_of_turn>",
          "<|end_of_turn|>",
          "<end_of_utterance>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|call|>",
          "<EOT>",
          "[EOT]");

  private static final String TOOLS = "tool_use";

  private final ChatTemplates stored;
  private final Source usual;
  private final Source withTools;
  private final Map<String, Object> variables;

  /// A template and its text.
  private record Source(String text, Template template) {
    static Source of(String name, String text) {
      return new Source(text, Template.parse(name, text));
    }
  }

  private ChatTemplate(
      ChatTemplates stored, Source usual, Source withTools, Map<String, Object> variables) {
    this.stored = stored;
    this.usual = usual;
    this.withTools = withTools;
    this.variables = Map.copyOf(variables);
  }

  /// The template of a model directory or a GGUF file, wherever [ChatTemplates] are. Empty where
  /// there is none.
  ///
  /// @throws dev.fader.format.FormatException if a file is not what it should be
  /// @throws dev.fader.template.TemplateException if the template is no Jinja
  /// @throws IOException if a file cannot be read
  public static Optional<ChatTemplate> of(Path model) throws IOException {
    return of(TemplateSource.of(model));
  }

  /// The template of a model with adapters: that of the last adapter that has one, which it was
  /// tuned with, or else the model's own.
  ///
  /// @throws IOException as for a model alone
  public static Optional<ChatTemplate> of(LoadedModel model) throws IOException {
    return of(model.path(), model.adapterPaths());
  }

  /// The same for a model and adapters that are not open.
  ///
  /// @throws IOException as for a model alone
  public static Optional<ChatTemplate> of(Path model, List<Path> adapters) throws IOException {
    var source = TemplateSource.of(model);
    var adapter = ChatTemplates.last(adapters);
    if (adapter.isEmpty()) {
      return of(source);
    }
    var own = TemplateSource.of(adapter.get());
    return of(new TemplateSource(own.templates(), source.with(own.tokens()).tokens()));
  }

  /// The template of a file in place of that of a model, with the special tokens of the model.
  ///
  /// @throws dev.fader.template.TemplateException if it is no Jinja
  /// @throws IOException if a file cannot be read
  public static ChatTemplate read(Path file, Path model) throws IOException {
    return of(TemplateSource.ofFile(file).with(TemplateSource.of(model).tokens())).orElseThrow();
  }

  /// The template of a file, with the special tokens of a model in the same folder, if there is
  /// one.
  ///
  /// @throws dev.fader.template.TemplateException if it is no Jinja
  /// @throws IOException if it cannot be read
  public static ChatTemplate read(Path file) throws IOException {
    return of(TemplateSource.ofFile(file)).orElseThrow();
  }

  private static Optional<ChatTemplate> of(TemplateSource source) {
    var stored = source.templates();
    var texts = stored.byName();
    if (texts.isEmpty()) {
      return Optional.empty();
    }
    var first = texts.firstEntry().getValue();
    var usual = texts.getOrDefault(ChatTemplates.DEFAULT, texts.getOrDefault(TOOLS, first));
    return Optional.of(
        new ChatTemplate(
            stored,
            Source.of(stored.source(), usual),
            Source.of(stored.source(), texts.getOrDefault(TOOLS, usual)),
            new LinkedHashMap<String, Object>(source.tokens())));
  }

  /// The same with the template of this name for every conversation. Without that, conversations
  /// with tools have the one called `tool_use`, where there is one, and others `default`.
  ///
  /// @throws IllegalArgumentException if there is no such template
  /// @throws dev.fader.template.TemplateException if it is no Jinja
  public ChatTemplate named(String name) {
    var text = stored.byName().get(name);
    if (text == null) {
      throw new IllegalArgumentException(
          "%s: no chat template is called '%s'; there is %s"
              .formatted(stored.source(), name, String.join(", ", stored.byName().keySet())));
    }
    var template = Source.of(stored.source() + " " + name, text);
    return new ChatTemplate(stored, template, template, variables);
  }

  /// The same with more template variables, such as `enable_thinking`; values are parsed as JSON
  /// where they are, else taken as text.
  public ChatTemplate with(Map<String, String> more) {
    var all = new LinkedHashMap<>(variables);
    more.forEach((name, value) -> all.put(name, PlainValues.literal(value)));
    return new ChatTemplate(stored, usual, withTools, all);
  }

  /// The same with more template variables, which are not the template's author's: they never
  /// become special tokens.
  ///
  /// @param more as [Template#render] takes values
  public ChatTemplate withVariables(Map<String, Object> more) {
    var all = new LinkedHashMap<>(variables);
    more.forEach((name, value) -> all.put(name, new Untrusted(value)));
    return new ChatTemplate(stored, usual, withTools, all);
  }

  /// The text of the template itself: of the one for conversations with tools, or without.
  public String source(boolean hasTools) {
    return (hasTools ? withTools : usual).text();
  }

  /// The text of a conversation. Its traces have the places of the messages as sources.
  ///
  /// @param now the current time, for templates that write the date
  /// @throws dev.fader.template.RaisedException if the template rejects the conversation
  /// @throws dev.fader.template.TemplateException if it fails
  public Rendering render(Conversation conversation, LocalDateTime now) {
    var all = new LinkedHashMap<>(variables);
    var messages = new ArrayList<Traced>();
    conversation.messages().forEach(one -> messages.add(new Traced(message(one), messages.size())));
    all.put("messages", messages);
    boolean hasTools = conversation.tools().isPresent();
    all.put("tools", hasTools ? new Untrusted(conversation.tools().get()) : Template.NONE);
    all.putIfAbsent("documents", Template.NONE);
    all.put("add_generation_prompt", conversation.addGenerationPrompt());
    return (hasTools ? withTools : usual).template().render(all, now, Limits.DEFAULTS);
  }

  private static Map<String, Object> message(Map<String, Object> message) {
    var marked = new LinkedHashMap<String, Object>();
    message.forEach((name, value) -> {
      boolean role = name.equals("role") && value instanceof String text && isRole(text);
      marked.put(name, role ? value : new Untrusted(value));
    });
    return marked;
  }

  private static boolean isRole(String text) {
    return ROLE.matcher(text).matches();
  }

  /// The tokens of a conversation, without any that the tokenizer would add.
  ///
  /// @throws dev.fader.template.TemplateException if the template fails
  public int[] tokens(Conversation conversation, Tokenizer tokenizer) {
    return tokens(render(conversation, LocalDateTime.now(ZoneId.systemDefault())), tokenizer);
  }

  static int[] tokens(Rendering rendering, Tokenizer tokenizer) {
    return tokens(rendering, new Span(0, rendering.text().length()), tokenizer);
  }

  /// The tokens of a part of a rendering, without any that the tokenizer would add.
  ///
  /// All of it is encoded at once, so that tokens may span the border between template and message,
  /// as in training. Only message text that looks like a special token is encoded separately.
  public static int[] tokens(Rendering rendering, Span part, Tokenizer tokenizer) {
    var text = rendering.text();
    var ids = new ArrayList<int[]>();
    int from = part.from();
    for (var span : rendering.untrusted()) {
      int start = Math.max(span.from(), part.from());
      int end = Math.min(span.to(), part.to());
      if (start >= end) {
        continue;
      }
      var said = text.substring(start, end);
      int[] plain = tokenizer.encode(said, SpecialTokens.AS_TEXT);
      if (!Arrays.equals(plain, tokenizer.encode(said, SpecialTokens.AS_TOKENS))) {
        ids.add(encoded(text.substring(from, start), tokenizer));
        ids.add(plain);
        from = end;
      }
    }
    ids.add(encoded(text.substring(from, part.to()), tokenizer));
    return ids.stream().flatMapToInt(IntStream::of).toArray();
  }

  private static int[] encoded(String text, Tokenizer tokenizer) {
    return text.isEmpty() ? new int[0] : tokenizer.encode(text, SpecialTokens.AS_TOKENS);
  }

  /// The usual end-of-answer tokens that the tokenizer has.
  public static List<Integer> ends(Tokenizer tokenizer) {
    var ends = new ArrayList<Integer>();
    for (var name : ENDS) {
      tokenizer.id(name).ifPresent(ends::add);
    }
    // In gpt-oss <|end|> ends a message and not the answer.
    if (tokenizer.id("<|return|>").isEmpty()) {
      tokenizer.id("<|end|>").ifPresent(ends::add);
    }
    return ends;
  }
}
