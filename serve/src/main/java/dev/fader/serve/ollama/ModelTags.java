package dev.fader.serve.ollama;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// `GET /api/tags` and `/api/ps`, `POST /api/show`: the models there are, those that are open, and
/// one of them.
final class ModelTags {
  private static final int MOST_FILES = 1000;

  private final ServedModels models;

  ModelTags(ServedModels models) {
    this.models = models;
  }

  void tags(Exchange exchange) {
    var body = JsonText.object();
    var list = body.putArray("models");
    models.names().forEach(name -> list.add(entry(name)));
    exchange.send(body);
  }

  void open(Exchange exchange) {
    var body = JsonText.object();
    var list = body.putArray("models");
    for (var model : models.models()) {
      if (models.status(model.name()) == ModelStatus.LOADED) {
        var expires = models.expires(model).map(Instant::toString).orElse("9999-12-31T23:59:59Z");
        list.add(entry(model.name()).put("size_vram", 0).put("expires_at", expires));
      }
    }
    exchange.send(body);
  }

  private ObjectNode entry(String name) {
    var path = models.find(Optional.of(name)).path();
    var entry =
        JsonText.object()
            .put("name", name)
            .put("model", name)
            .put("modified_at", changed(path).toString())
            .put("size", size(path))
            .put("digest", digest(path));
    putDetails(entry, path);
    return entry;
  }

  private static void putDetails(ObjectNode to, Path path) {
    to.putObject("details")
        .put("parent_model", "")
        .put("format", Files.isDirectory(path) ? "safetensors" : "gguf")
        .put("family", "")
        .put("parameter_size", "")
        .put("quantization_level", "")
        .putArray("families");
  }

  void show(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    var name = body.text("model").or(() -> body.text("name"));
    try (var lease = models.lease(Optional.of(name.orElseThrow(() -> body.missing("model"))))) {
      var model = lease.serving().model();
      var config = model.config();
      var response =
          JsonText.object()
              .put("license", "")
              .put("modelfile", "")
              .put("parameters", "")
              .put("template", "")
              .put("modified_at", changed(model.path()).toString());
      putDetails(response, model.path());
      response
          .putObject("model_info")
          .put("general.architecture", config.family())
          .put("general.parameter_count", model.count().total())
          .put(config.family() + ".context_length", config.context())
          .put(config.family() + ".embedding_length", config.width())
          .put(config.family() + ".vocab_size", config.vocabularySize());
      var capabilities = response.putArray("capabilities").add("completion").add("embedding");
      lease
          .serving()
          .answerFormat()
          .ifPresent(format -> {
            if (format.callsTools()) {
              capabilities.add("tools");
            }
            if (format.thinks()) {
              capabilities.add("thinking");
            }
          });
      exchange.send(response);
    }
  }

  /// By path, size and time: to read the files takes minutes.
  private static String digest(Path path) {
    try {
      var told = "%s %d %s".formatted(path.toAbsolutePath(), size(path), changed(path));
      var hash = MessageDigest.getInstance("SHA-256").digest(told.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JVM has SHA-256", impossible);
    }
  }

  private static long size(Path path) {
    try (Stream<Path> files = Files.isDirectory(path) ? Files.list(path) : Stream.of(path)) {
      long size = 0;
      for (var file : files.limit(MOST_FILES).toList()) {
        size = Math.addExact(size, Files.size(file));
      }
      return size;
    } catch (IOException gone) {
      return 0;
    }
  }

  private static Instant changed(Path path) {
    try {
      return Files.getLastModifiedTime(path).toInstant();
    } catch (IOException gone) {
      return Instant.EPOCH;
    }
  }
}
