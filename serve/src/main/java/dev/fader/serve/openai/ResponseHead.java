package dev.fader.serve.openai;

import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.node.ObjectNode;

/// What all parts of a response begin with.
///
/// @param id of the response
/// @param created when, in seconds since 1970
/// @param model its name
/// @param fingerprint of the model and the server: with another one, the same seed may give another
///   text
record ResponseHead(String id, long created, String model, String fingerprint) {
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int LETTERS_OF_ID = 24;

  /// Of a response that begins now.
  ///
  /// @param prefix of its id
  static ResponseHead of(String prefix, ModelLease lease) {
    return new ResponseHead(
        id(prefix), now(), lease.name(), ModelFingerprint.of(lease.model().path()));
  }

  static long now() {
    return Instant.now().getEpochSecond();
  }

  /// An id that was never given before.
  static String id(String prefix) {
    var id = new StringBuilder(prefix);
    var random = ThreadLocalRandom.current();
    for (int i = 0; i < LETTERS_OF_ID; i++) {
      id.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return id.toString();
  }

  ObjectNode json(String object) {
    return JsonText.object()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", fingerprint);
  }
}
