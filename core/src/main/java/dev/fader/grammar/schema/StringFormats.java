package dev.fader.grammar.schema;

import java.util.Map;
import java.util.Optional;

/// The formats of JSON Schema 2020-12 as patterns. Where the standards leave room (years before
/// 1000, leap seconds, quoted mail boxes, addresses with zones) only what every validator accepts
/// is allowed.
final class StringFormats {
  // RFC 3339; the days of February by the Gregorian rule.
  private static final String DATE =
      "(?:[1-9]\\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
          + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
          + "|(?:[1-9]\\d(?:0[48]|[2468][048]|[13579][26])"
          + "|(?:[2468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?"
          + "(?:Z|\\+(?:0\\d|1[0-3]):[0-5]\\d|-(?:0[1-9]|1[01]):[0-5]\\d)";

  // RFC 3339, appendix A.
  private static final String DURATION_TIME =
      "T(?:\\d{1,4}H(?:\\d{1,4}M(?:\\d{1,4}S)?)?|\\d{1,4}M(?:\\d{1,4}S)?|\\d{1,4}S)";
  private static final String DURATION =
      "P(?:\\d{1,4}W|%1$s|(?:\\d{1,4}Y(?:\\d{1,4}M(?:\\d{1,4}D)?)?|\\d{1,4}M(?:\\d{1,4}D)?|\\d{1,4}D)(?:%1$s)?)"
          .formatted(DURATION_TIME);

  // RFC 1123; without adjacent hyphens, which are reserved for encoded names (punycode).
  private static final String LABEL = "[A-Za-z0-9]{1,20}(?:-[A-Za-z0-9]{1,20}){0,2}";
  private static final String TOP =
      "(?:com|org|net|edu|gov|int|info|io|dev|app|eu|de|fr|uk|us|ca|es|it|nl|pl|pt|se|no|fi|dk|ch"
          + "|at|be|ie|cz|gr|ru|ua|tr|il|in|cn|jp|kr|au|nz|br|mx|ar|cl|co|za|ng|ke|eg|sg|hk|tw|id"
          + "|th|vn|my|ph)";
  private static final String HOSTNAME = LABEL + "(?:\\." + LABEL + "){0,2}\\." + TOP;

  // RFC 5321, mail boxes without quotes.
  private static final String EMAIL =
      "[A-Za-z0-9_]{1,20}(?:[.+-][A-Za-z0-9_]{1,14}){0,2}@" + HOSTNAME;
  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String IPV4 = OCTET + "(?:\\." + OCTET + "){3}";

  // RFC 4291.
  private static final String IPV6 =
      "(?:(?:H:){7}H|(?:H:){1,7}:|(?:H:){1,6}:H|(?:H:){1,5}(?::H){1,2}|(?:H:){1,4}(?::H){1,3}"
          .concat("|(?:H:){1,3}(?::H){1,4}|(?:H:){1,2}(?::H){1,5}|H:(?::H){1,6}|:(?::H){1,7}|::)")
          .replace("H", "[0-9A-Fa-f]{1,4}");

  // RFC 3986.
  private static final String SEGMENT = "(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*";
  private static final String PATH =
      "(?:/" + SEGMENT + ")*(?:\\?(?:[A-Za-z0-9._~=&/-]|%[0-9A-F]{2})*)?(?:#" + SEGMENT + ")?";
  private static final String URI =
      "(?:https?|ftp|wss?|ssh|git)://(?:" + HOSTNAME + "|" + IPV4 + ")(?::[1-9]\\d{1,3})?" + PATH;

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", DATE + "T" + TIME),
          Map.entry("duration", DURATION),
          Map.entry("email", EMAIL),
          Map.entry("idn-email", EMAIL),
          Map.entry("hostname", HOSTNAME),
          Map.entry("idn-hostname", HOSTNAME),
          Map.entry("ipv4", IPV4),
          Map.entry("ipv6", IPV6),
          Map.entry("uri", URI),
          Map.entry("uri-reference", "(?:" + URI + "|/[A-Za-z0-9._~-]+" + PATH + ")"),
          Map.entry("iri", URI),
          Map.entry("iri-reference", "(?:" + URI + "|/[A-Za-z0-9._~-]+" + PATH + ")"),
          Map.entry("uri-template", URI + "(?:/\\{[a-z]+\\})*"),
          Map.entry("uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
          Map.entry("json-pointer", "(?:/(?:[^~/#]|~[01])*)*"),
          Map.entry("relative-json-pointer", "(?:0|[1-9]\\d{0,3})(?:#|(?:/(?:[^~/#]|~[01])*)*)"),
          Map.entry("regex", "\\^?[A-Za-z0-9 _-]*\\$?"));

  private StringFormats() {}

  /// The pattern of a format, if it is a standard one.
  static Optional<String> pattern(String format) {
    return Optional.ofNullable(PATTERNS.get(format)).map(pattern -> "^(?:" + pattern + ")$");
  }
}
