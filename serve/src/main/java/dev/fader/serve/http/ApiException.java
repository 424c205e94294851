package dev.fader.serve.http;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A request that is not done, in words for who sent it. Each interface writes it in its own shape.
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final transient Optional<String> field;
  private final transient Optional<String> code;
  private final transient Optional<Long> retryAfter;
  private final transient Map<String, Integer> counts;

  /// What is the matter, with the status that HTTP has for it.
  public enum Kind {
    /// Something in the request is wrong.
    INVALID(400),
    /// There is no key, or a wrong one.
    UNAUTHENTICATED(401),
    /// The key, host or origin may not do this.
    FORBIDDEN(403),
    /// There is no such route, model or adapter.
    NOT_FOUND(404),
    /// The route has another method.
    METHOD(405),
    /// The request took too long, to come or to be done.
    TIMEOUT(408),
    /// The body is larger than the server takes.
    TOO_LARGE(413),
    /// The body is not of a type that the route reads.
    MEDIA_TYPE(415),
    /// As many requests wait as may.
    BUSY(429),
    /// The server has failed.
    INTERNAL(500),
    /// The server, or this model, cannot do this.
    NOT_SUPPORTED(501),
    /// The model is being opened, or the server is about to end.
    UNAVAILABLE(503);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    /// The status code of the response.
    public int status() {
      return status;
    }
  }

  /// @param message what is wrong, the bad value, where, and what to do next
  public ApiException(Kind kind, String message) {
    this(kind, message, Optional.empty(), Optional.empty(), Optional.empty(), Map.of());
  }

  private ApiException(
      Kind kind,
      String message,
      Optional<String> field,
      Optional<String> code,
      Optional<Long> retryAfter,
      Map<String, Integer> counts) {
    super(message);
    this.kind = kind;
    this.field = field;
    this.code = code;
    this.retryAfter = retryAfter;
    this.counts = counts;
  }

  /// A field of the body that is wrong.
  ///
  /// @param field its path, such as `messages[2].content`
  public static ApiException invalid(String field, String message) {
    return new ApiException(Kind.INVALID, message).at(field);
  }

  /// The same about this field of the request.
  public ApiException at(String where) {
    return new ApiException(kind, message(), Optional.of(where), code, retryAfter, counts);
  }

  /// The same with a code that programs know, such as `context_length_exceeded`.
  public ApiException coded(String name) {
    return new ApiException(kind, message(), field, Optional.of(name), retryAfter, counts);
  }

  /// The same with the seconds after which it is worth to ask again.
  public ApiException retryAfter(long seconds) {
    return new ApiException(kind, message(), field, code, Optional.of(seconds), counts);
  }

  /// The same with a number that programs read, such as `n_ctx`.
  public ApiException counted(String name, int count) {
    var all = new LinkedHashMap<>(counts);
    all.put(name, count);
    return new ApiException(
        kind, message(), field, code, retryAfter, Collections.unmodifiableMap(all));
  }

  /// What is the matter.
  public Kind kind() {
    return kind;
  }

  /// In words.
  public String message() {
    return String.valueOf(getMessage());
  }

  /// The field that is wrong, if one is.
  public Optional<String> field() {
    return field;
  }

  /// The code that programs know, if there is one.
  public Optional<String> code() {
    return code;
  }

  /// The seconds after which it is worth to ask again, if they are known.
  public Optional<Long> retryAfter() {
    return retryAfter;
  }

  /// The numbers that programs read, by name.
  public Map<String, Integer> counts() {
    return counts;
  }
}
