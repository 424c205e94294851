package dev.fader.serve.http;

/// One thing that can be asked for.
///
/// @param method `GET`, `POST` or another, in capitals
/// @param path such as `/v1/models/{model}`, whose last part in braces stands for the rest of a
///   path; what begins with `/v1` is there without it, too
/// @param open whether it needs no key
/// @param handler what answers
public record Route(String method, String path, boolean open, Handler handler) {
  /// What answers a request.
  public interface Handler {
    /// Answers.
    ///
    /// @throws ApiException if the request is not done
    /// @throws Exception if it fails
    void handle(Exchange exchange) throws Exception;
  }

  /// One that needs a key, if any does.
  public static Route get(String path, Handler handler) {
    return new Route("GET", path, false, handler);
  }

  /// One that needs a key, if any does.
  public static Route post(String path, Handler handler) {
    return new Route("POST", path, false, handler);
  }

  /// The same without a key.
  public Route opened() {
    return new Route(method, path, true, handler);
  }
}
