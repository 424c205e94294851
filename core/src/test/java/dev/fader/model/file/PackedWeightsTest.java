package dev.fader.model.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.format.FormatException;
import dev.fader.format.TensorFile;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// MXFP4 is held by the golden case `gpt-oss-mxfp4`.
class PackedWeightsTest {
  @TempDir private Path directory;

  private Path file(String header, byte... data) throws IOException {
    var text = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(text.length).put(text).put(data);
    return Files.write(directory.resolve("model.safetensors"), bytes.array());
  }

  /// In E4M3, 0x38 is 1, 0x40 is 2 and 0xb8 is -1; 1.5 is the float32 0x3fc00000.
  @Test
  void float8IsMultipliedByTileScale() throws IOException {
    Path path =
        file(
            "{'w.weight':{'dtype':'F8_E4M3','shape':[1,3],'data_offsets':[0,3]},"
                + "'w.weight_scale_inv':{'dtype':'F32','shape':[1,1],'data_offsets':[3,7]}}",
            new byte[] {0x38, 0x40, (byte) 0xb8, 0, 0, (byte) 0xc0, 0x3f});
    try (var arena = TensorMemory.unlimited().open("test");
        var file = TensorFile.open(path)) {
      var tensors = file.weights(arena);
      PackedWeights.unpack(file, arena, tensors);
      assertArrayEquals(new float[] {1.5f, 3, -1.5f}, tensors.get("w.weight").toArray());
    }
  }

  @Test
  void mismatchedScalesAreNamed() throws IOException {
    Path path =
        file(
            "{'w.weight':{'dtype':'F8_E4M3','shape':[1,3],'data_offsets':[0,3]},"
                + "'w.weight_scale_inv':{'dtype':'F32','shape':[1,2],'data_offsets':[3,11]}}",
            new byte[11]);
    assertEquals(
        path + ": tensor 'w.weight_scale_inv': is F32 of [1, 2] for a weight of [1, 3]",
        refusal(path));
    path =
        file(
            "{'e_blocks':{'dtype':'U8','shape':[1,2,1,8],'data_offsets':[0,16]},"
                + "'e_scales':{'dtype':'U8','shape':[1,2,1],'data_offsets':[16,18]}}",
            new byte[18]);
    assertEquals(
        path
            + ": tensor 'e_blocks': is U8 of [1, 2, 1, 8] with scales U8 of [1, 2, 1], and must be"
            + " U8 of experts, rows, blocks, 16 and U8 of experts, rows, blocks",
        refusal(path));
  }

  private static String refusal(Path path) throws IOException {
    try (var arena = TensorMemory.unlimited().open("test");
        var file = TensorFile.open(path)) {
      var tensors = file.weights(arena);
      return String.valueOf(
          assertThrows(FormatException.class, () -> PackedWeights.unpack(file, arena, tensors))
              .getMessage());
    }
  }
}
