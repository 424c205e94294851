package dev.fader.app.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.function.LongConsumer;

/// One file on its way into the cache: to `NAME.incomplete`, from where the last try ended,
/// checked, forced to the disk and moved.
final class BlobDownload {
  private static final int TRIES = 5;
  private static final int CHUNK = 1 << 18;

  private final HubClient client;
  private final ModelName model;
  private final String commit;
  private final HubFile file;

  BlobDownload(HubClient client, ModelName model, String commit, HubFile file) {
    this.client = client;
    this.model = model;
    this.commit = commit;
    this.file = file;
  }

  /// Where what has come of `blob` is kept until it is whole.
  static Path incomplete(Path blob) {
    return blob.resolveSibling(blob.getFileName() + ".incomplete");
  }

  /// Brings the file to `blob`.
  ///
  /// @param arrived takes the bytes that there are, as they grow
  void to(Path blob, LongConsumer arrived) throws IOException {
    var incomplete = incomplete(blob);
    Files.createDirectories(Objects.requireNonNull(incomplete.getParent()));
    try (var channel =
            FileChannel.open(
                incomplete,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        var lock = channel.tryLock()) {
      if (lock == null) {
        throw busy();
      }
      if (Files.notExists(incomplete)) {
        // Another program had it, and moved it while this one opened it.
        throw busy();
      }
      fill(channel, arrived);
      if (!check(channel)) {
        channel.truncate(0);
        throw new HubException(
            "%s: '%s' arrived with another checksum than the hub gave: try again"
                .formatted(model, file.path()));
      }
      channel.force(true);
      Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE);
    } catch (OverlappingFileLockException held) {
      throw busy();
    }
  }

  private HubException busy() {
    return new HubException(
        "%s: '%s' is being fetched by another program: wait for it".formatted(model, file.path()));
  }

  private void fill(FileChannel channel, LongConsumer arrived) throws IOException {
    if (channel.size() > file.bytes()) {
      channel.truncate(0);
    }
    int failures = 0;
    while (channel.size() < file.bytes()) {
      long before = channel.size();
      try {
        fetch(channel, arrived);
      } catch (HubException wrong) {
        throw wrong;
      } catch (IOException broken) {
        // What has come is kept, and counts as progress.
        failures = channel.size() > before ? 0 : failures + 1;
        if (failures == TRIES) {
          throw broken instanceof UnreachableException
              ? broken
              : new HubException(
                  "%s: the connection broke at byte %d of %d of '%s': try again to go on"
                      .formatted(model, channel.size(), file.bytes(), file.path()),
                  broken);
        }
        pause(failures);
      }
    }
    arrived.accept(channel.size());
  }

  private static void pause(int failures) throws HubException {
    try {
      Thread.sleep(100L << failures);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new HubException("interrupted", interrupted);
    }
  }

  private void fetch(FileChannel channel, LongConsumer arrived) throws IOException {
    long from = channel.size();
    var content = client.open(model, commit, file, from);
    try (var body = content.response().body();
        var guard = client.guard(body)) {
      checkEtag(content);
      boolean goesOn = goesOn(content, from);
      if (!goesOn) {
        channel.truncate(0);
      }
      channel.position(goesOn ? from : 0);
      copy(
          body,
          channel,
          position -> {
            guard.move();
            arrived.accept(position);
          });
    }
    if (channel.size() < file.bytes()) {
      throw new IOException("the connection ended early");
    }
  }

  /// The hub names the content twice, in its list and with the file itself.
  private void checkEtag(HubClient.Content content) throws HubException {
    var etag = content.etag().orElse(file.checksum());
    boolean checksum = etag.matches("[0-9a-f]{40}|[0-9a-f]{64}");
    if (checksum && etag.length() == file.checksum().length() && !etag.equals(file.checksum())) {
      throw new HubException(
          "%s: '%s' is another file than the hub listed: try again".formatted(model, file.path()));
    }
  }

  /// Whether the answer begins at byte `from`; else it begins at the start.
  private boolean goesOn(HubClient.Content content, long from) throws IOException {
    int status = content.response().statusCode();
    if (status == 416) {
      throw new HubException(
          "%s: '%s' is shorter than the hub listed".formatted(model, file.path()));
    }
    if (status == 200) {
      return false;
    }
    var range = content.response().headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + from + "-")) {
      throw new HubException(
          "%s: asked for '%s' from byte %d, the hub sent '%s'"
              .formatted(model, file.path(), from, range));
    }
    return true;
  }

  private void copy(InputStream body, FileChannel channel, LongConsumer arrived)
      throws IOException {
    var bytes = new byte[CHUNK];
    int count;
    while ((count = body.read(bytes)) > 0) {
      if (channel.position() + count > file.bytes()) {
        channel.truncate(0);
        throw new HubException(
            "%s: '%s' is longer than the %d bytes that the hub listed"
                .formatted(model, file.path(), file.bytes()));
      }
      write(channel, ByteBuffer.wrap(bytes, 0, count));
      arrived.accept(channel.position());
    }
  }

  /// A disk that takes no more does not get better by asking the hub again.
  private void write(FileChannel channel, ByteBuffer buffer) throws HubException {
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException failed) {
      throw new HubException(
          "%s: '%s' cannot be written to the cache: %s: make room, or set HF_HUB_CACHE"
              .formatted(model, file.path(), failed.getMessage()),
          failed);
    }
  }

  private boolean check(FileChannel channel) throws IOException {
    var digest = new BlobDigest(file);
    var buffer = ByteBuffer.allocate(CHUNK);
    channel.position(0);
    while (channel.read(buffer.clear()) > 0) {
      digest.update(buffer.flip());
    }
    return digest.hexadecimal().equals(file.checksum());
  }
}
