package dev.fader.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A channel that counts and hashes the bytes written through it.
final class DigestingChannel implements WritableByteChannel {
  private final WritableByteChannel channel;
  private final MessageDigest sha256 = Digest.newSha256();
  private long bytes;

  DigestingChannel(WritableByteChannel channel) {
    this.channel = channel;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    var passed = source.duplicate();
    int written = channel.write(source);
    sha256.update(passed.limit(source.position()));
    bytes += written;
    return written;
  }

  /// The digest so far. Called once, at the end.
  Digest digest() {
    return new Digest(bytes, HexFormat.of().formatHex(sha256.digest()));
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /// Does nothing: the owner of the file still has to force it to disk.
  @Override
  public void close() {}
}
