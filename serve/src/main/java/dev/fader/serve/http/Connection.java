package dev.fader.serve.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/// A connection whose client may neither send nor take too slowly.
final class Connection implements ConnectionContext {
  private static final int SLICE = 64 << 10;

  private final ConnectionContext context;
  private final ConnectionReader source;
  private final DataReader reader;
  private final DataWriter writer;

  Connection(ConnectionContext context, ConnectionReader source, SlowWrites writes) {
    this.context = context;
    this.source = source;
    this.reader = DataReader.create(source);
    this.writer = new TimedWriter(context.dataWriter(), writes);
  }

  /// What is read from.
  ConnectionReader source() {
    return source;
  }

  /// Writes in slices, each of which has its time.
  private record TimedWriter(DataWriter to, SlowWrites writes) implements DataWriter {
    @Override
    public void write(BufferData... buffers) {
      write(BufferData.create(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      while (buffer.available() > SLICE) {
        var slice = new byte[SLICE];
        int length = buffer.read(slice);
        writes.run(() -> to.write(BufferData.create(slice, 0, length)));
      }
      writes.run(() -> to.write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      write(buffers);
    }

    @Override
    public void writeNow(BufferData buffer) {
      write(buffer);
    }
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return context.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return context.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }
}
