package dev.fader.serve.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The names by which the server may be called, and the pages that may call it. A page of a
/// stranger can make its own name mean this machine, but no address and no name that is asked for
/// here.
public final class Hosts {
  private final Set<String> names;
  private final Set<String> origins;
  private final boolean ownPages;

  /// @param names beside `localhost` and addresses
  /// @param origins of pages beside the server's own, such as `https://chat.example.org`
  public Hosts(Collection<String> names, Collection<String> origins) {
    this(names, origins, false);
  }

  /// Those of a server that only its own pages may call, by `localhost` or an address, however it
  /// is started.
  public static Hosts ofOwnPages() {
    return new Hosts(Set.of(), Set.of(), true);
  }

  private Hosts(Collection<String> names, Collection<String> origins, boolean ownPages) {
    this.names = lowerCase(names);
    this.origins = lowerCase(origins);
    this.ownPages = ownPages;
  }

  /// Why a page may not call.
  String refusal(String origin) {
    return ownPages
        ? "a page of %s may not call this server, which answers its own pages only"
            .formatted(Shown.value(origin))
        : "a page of %s may not call this server: start it with --allow-origin"
            .formatted(Shown.value(origin));
  }

  private static Set<String> lowerCase(Collection<String> texts) {
    var lower = new TreeSet<String>();
    for (var text : texts) {
      lower.add(text.toLowerCase(Locale.ROOT));
    }
    return lower;
  }

  /// @param authority the header `Host`
  /// @throws ApiException if the server is not to be called so
  void check(String authority) {
    var name = name(authority).toLowerCase(Locale.ROOT);
    boolean allowed =
        name.equals("localhost")
            || name.endsWith(".localhost")
            || isAddress(name)
            || names.contains(name);
    if (!allowed) {
      throw new ApiException(
          ApiException.Kind.FORBIDDEN,
          "the host %s is none of this server's: call it by its address%s"
              .formatted(
                  Shown.value(authority), ownPages ? "" : ", or start it with --allow-host"));
    }
  }

  private static String name(String authority) {
    int end = authority.indexOf(']');
    int colon = authority.indexOf(':', Math.max(end, 0));
    return colon < 0 ? authority : authority.substring(0, colon);
  }

  private static boolean isAddress(String name) {
    if (name.startsWith("[")) {
      return name.endsWith("]");
    }
    var parts = name.split("\\.", -1);
    boolean digits = parts.length == 4;
    for (var part : parts) {
      digits &=
          !part.isEmpty() && part.length() <= 3 && part.chars().allMatch(c -> c >= '0' && c <= '9');
    }
    return digits;
  }

  /// Whether a page may call.
  ///
  /// @param origin the header `Origin`
  /// @param authority the header `Host`
  boolean allows(String origin, String authority) {
    if (origins.contains(origin.toLowerCase(Locale.ROOT))) {
      return true;
    }
    return authority(origin).filter(own -> own.equalsIgnoreCase(authority)).isPresent();
  }

  private static Optional<String> authority(String origin) {
    try {
      return Optional.ofNullable(new URI(origin).getRawAuthority());
    } catch (URISyntaxException odd) {
      return Optional.empty();
    }
  }
}
