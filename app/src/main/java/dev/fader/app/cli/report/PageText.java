package dev.fader.app.cli.report;

/// Pages that are written to disk: no scripts, no network, light or dark as the reader has it.
final class PageText {
  private PageText() {}

  static String page(String title, String body) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>%s</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
    svg { width: 100%%; height: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    td, th { padding: .2rem .7rem; text-align: right; }
    td:first-child, th:first-child { text-align: left; }
    tr:nth-child(even) { background: color-mix(in srgb, currentColor 6%%, transparent); }
    </style>
    </head>
    <body>
    <h1>%s</h1>
    %s</body>
    </html>
    """
        .formatted(escaped(title), escaped(title), body);
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
