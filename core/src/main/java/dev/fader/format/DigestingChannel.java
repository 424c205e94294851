package dev.fader.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A channel that counts and digests what passes through it.
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

  /// What has passed. Called once, at the end.
  Digest digest() {
    return new Digest(bytes, HexFormat.of().formatHex(sha256.digest()));
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  /// Does nothing: who opened the file still has to force it to the disk.
  @Override
  public void close() {}
}
