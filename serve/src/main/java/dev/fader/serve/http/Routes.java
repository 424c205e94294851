package dev.fader.serve.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// All that can be asked for, of all interfaces.
final class Routes {
  private static final String VERSION = "/v1";

  private final List<Listed> all = new ArrayList<>();
  private final Map<String, Map<String, Listed>> byPath = new HashMap<>();
  private final List<Listed> open = new ArrayList<>(); // whose path ends in a variable
  private final List<Dialect> dialects;

  /// A route and whose it is.
  record Listed(Route route, Dialect dialect) {}

  /// What a request asks for.
  ///
  /// @param rest what stands in the place of the variable, empty if there is none
  record Match(Route route, Dialect dialect, String rest) {}

  /// @param dialects the last of which answers for paths that are nobody's
  Routes(List<? extends Dialect> dialects) {
    this.dialects = List.copyOf(dialects);
    for (var dialect : dialects) {
      for (var route : dialect.routes()) {
        add(route, dialect);
        if (route.path().startsWith(VERSION + "/")) {
          add(withPath(route, route.path().substring(VERSION.length())), dialect);
        }
      }
    }
  }

  private static Route withPath(Route route, String path) {
    return new Route(route.method(), path, route.open(), route.handler());
  }

  private void add(Route route, Dialect dialect) {
    var listed = new Listed(route, dialect);
    if (route.path().endsWith("}")) {
      open.add(listed);
    } else {
      var before =
          byPath
              .computeIfAbsent(route.path(), path -> new HashMap<>())
              .putIfAbsent(route.method(), listed);
      if (before != null) {
        return; // the interface that comes first has it
      }
    }
    all.add(listed);
  }

  List<Listed> all() {
    return all;
  }

  /// The dialect that speaks about a path.
  Dialect dialect(String path) {
    var exact = byPath.get(path);
    if (exact != null) {
      return exact.values().iterator().next().dialect();
    }
    for (var listed : open) {
      if (rest(listed, path).isPresent()) {
        return listed.dialect();
      }
    }
    for (var dialect : dialects) {
      if (dialect.owns(path)) {
        return dialect;
      }
    }
    return dialects.getLast();
  }

  /// What is asked for; HEAD is GET.
  ///
  /// @throws ApiException if there is no such path, or the path has another method
  Match match(String method, String path) {
    var wanted = method.equals("HEAD") ? "GET" : method;
    var exact = byPath.getOrDefault(path, Map.of()).get(wanted);
    if (exact != null) {
      return new Match(exact.route(), exact.dialect(), "");
    }
    for (var listed : open) {
      var rest = rest(listed, path);
      if (rest.isPresent() && listed.route().method().equals(wanted)) {
        return new Match(listed.route(), listed.dialect(), rest.get());
      }
    }
    var methods = methods(path);
    if (methods.isEmpty()) {
      throw new ApiException(
          ApiException.Kind.NOT_FOUND,
          "there is no %s: `fader serve --routes` lists what there is"
              .formatted(Shown.value(path)));
    }
    throw new ApiException(
        ApiException.Kind.METHOD,
        "%s takes %s, and not %s".formatted(path, methods, Shown.value(method)));
  }

  /// The methods of a path, separated by commas; empty if there is no such path.
  String methods(String path) {
    var methods = new TreeSet<>(byPath.getOrDefault(path, Map.of()).keySet());
    for (var listed : open) {
      if (rest(listed, path).isPresent()) {
        methods.add(listed.route().method());
      }
    }
    if (methods.isEmpty()) {
      return "";
    }
    if (methods.contains("GET")) {
      methods.add("HEAD");
    }
    methods.add("OPTIONS");
    return String.join(", ", methods);
  }

  private static Optional<String> rest(Listed listed, String path) {
    var pattern = listed.route().path();
    int variable = pattern.indexOf('{');
    boolean fits = path.length() > variable && path.startsWith(pattern.substring(0, variable));
    return fits ? Optional.of(path.substring(variable)) : Optional.empty();
  }
}
