package dev.fader.answer;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.template.Template;
import dev.fader.template.TemplateException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a chat template takes, found out by trying it.
///
/// @param texts contents as strings; otherwise as parts
/// @param parts contents as parts, `[{"type": "text", "text": ...}]`
/// @param system messages of the system
/// @param calls how it takes earlier calls, if it does
/// @param results of tools
/// @param developer messages of developers
/// @param nineLetters whether ids of calls must have nine letters and digits
record TemplateTraits(
    boolean texts,
    boolean parts,
    boolean system,
    Optional<Calls> calls,
    boolean results,
    boolean developer,
    boolean nineLetters) {
  /// How a template takes earlier calls.
  ///
  /// @param content beside them: an empty string or None
  /// @param objects whether arguments are objects, and not their JSON text
  record Calls(Object content, boolean objects) {}

  private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
  private static final String SAID = "Sphinx of quartz";
  private static final String ID = "a1B2c3D4e";
  private static final String KEY = "waltz";

  /// Written as no template writes it.
  private static final String ARGUMENTS = "{ \"" + KEY + "\":\"bad nymph\"}";

  static TemplateTraits of(ChatTemplate template) {
    var text = template.source(true);
    var user = message("user", SAID);
    var parts = message("user", List.of(Map.of("type", "text", "text", SAID)));
    boolean texts = says(template, List.of(user), SAID);
    var shownParts = render(template, List.of(parts), false);
    boolean takesParts =
        shownParts
            .filter(shown ->
                shown.contains(SAID) && !shown.contains("'text'") && !shown.contains("\"text\""))
            .isPresent();
    boolean takesTexts = texts || !takesParts;
    var asked = takesTexts ? user : parts;
    boolean system =
        says(
            template,
            List.of(message("system", takesTexts ? "Vex dwarves" : parts("Vex dwarves")), asked),
            "Vex dwarves");
    var calls = calls(template, asked);
    var answer = calls.map(TemplateTraits::called).orElse(message("assistant", "Waxed zephyr"));
    boolean results = says(template, List.of(asked, answer, result(takesTexts)), "Judge vows");
    return new TemplateTraits(
        takesTexts,
        takesParts,
        system,
        calls,
        results,
        text.contains("developer"),
        text.contains("length != 9"));
  }

  private static List<Object> parts(String text) {
    return List.of(Map.of("type", "text", "text", text));
  }

  /// Text is kept as it is where the template does so, since that is what the model wrote.
  private static Optional<Calls> calls(ChatTemplate template, Map<String, Object> asked) {
    boolean json = AnswerFamily.of(template.source(true)).writesJson();
    for (var content : List.of("", Template.NONE)) {
      for (boolean objects : json ? new boolean[] {false, true} : new boolean[] {true, false}) {
        var form = new Calls(content, objects);
        var shown = render(template, List.of(asked, called(form)), true);
        boolean fits =
            shown
                .filter(text -> text.contains("quick_fox"))
                .filter(text ->
                    objects
                        ? text.contains(KEY) && !text.contains("'" + KEY + "'")
                        : text.contains(ARGUMENTS))
                .isPresent();
        if (fits) {
          return Optional.of(form);
        }
      }
    }
    return Optional.empty();
  }

  private static Map<String, Object> called(Calls form) {
    var function = new LinkedHashMap<String, Object>();
    function.put("name", "quick_fox");
    function.put("arguments", form.objects ? PlainValues.literal(ARGUMENTS) : ARGUMENTS);
    var call = new LinkedHashMap<String, Object>();
    call.put("id", ID);
    call.put("type", "function");
    call.put("function", function);
    var message = message("assistant", form.content);
    message.put("tool_calls", List.of(call));
    return message;
  }

  private static Map<String, Object> result(boolean texts) {
    var message = message("tool", texts ? "Judge vows" : parts("Judge vows"));
    message.put("tool_call_id", ID);
    message.put("name", "quick_fox");
    return message;
  }

  private static Map<String, Object> message(String role, Object content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private static boolean says(
      ChatTemplate template, List<Map<String, Object>> messages, String text) {
    // Some templates are for conversations with tools only.
    return render(template, messages, false)
        .or(() -> render(template, messages, true))
        .filter(shown -> shown.contains(text))
        .isPresent();
  }

  private static Optional<String> render(
      ChatTemplate template, List<Map<String, Object>> messages, boolean tools) {
    var conversation = new Conversation(new ArrayList<>(messages), Optional.empty(), true);
    var asked =
        tools
            ? conversation.withTools(
                List.of(
                    PlainValues.literal(
                        "{\"type\": \"function\", \"function\": {\"name\": \"quick_fox\","
                            + " \"description\": \"\", \"parameters\": {\"type\": \"object\","
                            + " \"properties\": {}}}}")))
            : conversation;
    try {
      return Optional.of(template.render(asked, NOW).text());
    } catch (TemplateException refused) {
      return Optional.empty();
    }
  }
}
