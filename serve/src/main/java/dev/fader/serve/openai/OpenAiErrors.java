package dev.fader.serve.openai;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.JsonText;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Errors in OpenAI's shape.
final class OpenAiErrors {
  private OpenAiErrors() {}

  static ObjectNode json(ApiException error) {
    var json = JsonText.object();
    json.set("error", payload(error));
    return json;
  }

  static ObjectNode payload(ApiException error) {
    var payload = JsonText.object().put("message", error.message()).put("type", type(error));
    payload.put("param", error.field().orElse(null)).put("code", code(error).orElse(null));
    error.counts().forEach(payload::put); // as llama.cpp has them
    return payload;
  }

  private static String type(ApiException error) {
    return switch (error.kind()) {
      case INVALID, METHOD, TOO_LARGE, MEDIA_TYPE -> "invalid_request_error";
      case UNAUTHENTICATED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case TIMEOUT -> "timeout_error";
      case BUSY -> "rate_limit_error";
      case INTERNAL -> "api_error";
      case NOT_SUPPORTED -> "not_supported_error";
      case UNAVAILABLE -> "unavailable_error";
    };
  }

  /// A code that programs know.
  static Optional<String> code(ApiException error) {
    return error
        .code()
        .or(() ->
            switch (error.kind()) {
              case UNAUTHENTICATED -> Optional.of("invalid_api_key");
              case BUSY -> Optional.of("rate_limit_exceeded");
              case TOO_LARGE -> Optional.of("request_too_large");
              case METHOD -> Optional.of("method_not_allowed");
              default -> Optional.empty();
            });
  }
}
