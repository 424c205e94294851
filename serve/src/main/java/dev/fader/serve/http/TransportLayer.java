package dev.fader.serve.http;

import io.helidon.common.tls.Tls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// TLS by PEM files.
final class TransportLayer {
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  private TransportLayer() {}

  /// @throws IOException if a file cannot be read or is none of these
  static Tls open(HttpSetup.TlsFiles files) throws IOException {
    try {
      var certificates = certificates(files.certificate());
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, new char[0]);
      store.setKeyEntry(
          "server", key(files.key()), new char[0], certificates.toArray(Certificate[]::new));
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return Tls.builder().sslContext(context).addApplicationProtocol("http/1.1").build();
    } catch (GeneralSecurityException broken) {
      throw new IOException(
          "%s and %s are no certificate and its key: %s"
              .formatted(files.certificate(), files.key(), broken.getMessage()),
          broken);
    }
  }

  private static List<Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
    }
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    var pem = Files.readString(file, StandardCharsets.US_ASCII);
    int begin = pem.indexOf(BEGIN);
    int end = pem.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          file
              + " has no private key in PKCS 8, which begins with "
              + BEGIN
              + ": convert it by `openssl pkcs8 -topk8 -nocrypt`");
    }
    var spec =
        new PKCS8EncodedKeySpec(
            Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end)));
    for (var algorithm : List.of("RSA", "EC", "Ed25519")) {
      var key = key(spec, algorithm);
      if (key.isPresent()) {
        return key.get();
      }
    }
    throw new GeneralSecurityException("the key is neither RSA nor EC nor Ed25519");
  }

  private static Optional<PrivateKey> key(PKCS8EncodedKeySpec spec, String algorithm)
      throws GeneralSecurityException {
    try {
      return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(spec));
    } catch (InvalidKeySpecException another) {
      return Optional.empty();
    }
  }
}
