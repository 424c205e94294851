package dev.fader.bench;

import dev.fader.generate.Session;
import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/// What skipping the zeros of a feed-forward network is worth: passes of 1, 4 and 8 rows through a
/// random model in the shape of Llama 3.2 1B with ReLU squared and 90 % zeros, dense (the ordinary
/// products) and sparse in turns.
///
/// Prints the share of zeros, then for each number of rows the median milliseconds of a pass, dense
/// and sparse, and the median ratio of two neighbouring turns. Arguments: the stored type, BFLOAT16
/// unless said, the number of turns, 9 unless said, and the number of threads, 2 unless said.
public final class SparseActivationSpeed {
  private static final String CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_act": "relu2",
       "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
       "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "rms_norm_eps": 1e-5,
       "rope_theta": 500000.0, "vocab_size": 128256, "max_position_embeddings": 2048,
       "tie_word_embeddings": true, "bos_token_id": 1, "eos_token_id": 2}
      """;

  private static final int TURNS = 9;
  private static final int PASSES = 3;
  private static final int CHUNK = 1 << 20;
  private static final double DEVIATION = 0.02;

  /// Of the normal distribution at 90 %.
  private static final double QUANTILE = 1.2816;

  private final SplittableRandom random = new SplittableRandom(1);
  private final ModelConfig config;
  private final float[] chunk = new float[CHUNK];

  private SparseActivationSpeed(ModelConfig config) {
    this.config = config;
    for (int i = 0; i < chunk.length; i++) {
      chunk[i] = (float) (DEVIATION * random.nextGaussian());
    }
  }

  /// Builds the model and measures.
  public static void main(String[] arguments) throws IOException {
    var type = DType.valueOf(arguments.length > 0 ? arguments[0] : "BFLOAT16");
    int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : TURNS;
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
    try (var engine = new Engine(threads, Long.MAX_VALUE);
        var arena = engine.memory().open("weights")) {
      var parameters = new SparseActivationSpeed(config()).parameters(type, arena);
      var dense = new Decoder(parameters, arena);
      var sparse = Decoder.sparse(parameters, arena, true);
      try (var first = session(dense, engine);
          var second = session(sparse, engine)) {
        for (int rows : new int[] {1, 4, 8}) {
          measure(first, second, rows, turns);
        }
      }
      System.out.printf(Locale.ROOT, "zeros skipped: %.3f%n", sparse.skippedShare().orElseThrow());
    }
  }

  private static ModelConfig config() throws IOException {
    Path directory = Files.createTempDirectory("fader-sparse");
    Path file = directory.resolve(HuggingFaceConfig.NAME);
    try {
      return HuggingFaceConfig.read(Files.writeString(file, CONFIG));
    } finally {
      Files.delete(file);
      Files.delete(directory);
    }
  }

  private static Session session(Decoder decoder, Engine engine) {
    return new Session(decoder, engine.kernels(), engine.memory(), 256);
  }

  private static void measure(Session dense, Session sparse, int rows, int turns) {
    seconds(dense, rows); // warms up
    seconds(sparse, rows);
    var denseTimes = new double[turns];
    var sparseTimes = new double[turns];
    var ratios = new double[turns];
    for (int turn = 0; turn < turns; turn++) {
      denseTimes[turn] = seconds(dense, rows);
      sparseTimes[turn] = seconds(sparse, rows);
      ratios[turn] = denseTimes[turn] / sparseTimes[turn];
    }
    System.out.printf(
        Locale.ROOT,
        "%d rows: dense %.1f ms, sparse %.1f ms, ratio %.2f%n",
        rows,
        1000 * median(denseTimes),
        1000 * median(sparseTimes),
        median(ratios));
  }

  /// Of the fastest of a few passes.
  private static double seconds(Session session, int rows) {
    double least = Double.MAX_VALUE;
    for (int pass = 0; pass < PASSES; pass++) {
      session.truncate(Math.min(session.length(), 16));
      var tokens = new int[rows];
      Arrays.setAll(tokens, i -> 1000 + 77 * i);
      long start = System.nanoTime();
      session.read(tokens, position -> true, (position, logits) -> {});
      least = Math.min(least, (System.nanoTime() - start) * 1e-9);
    }
    return least;
  }

  private static double median(double[] numbers) {
    var sorted = numbers.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private Parameters parameters(DType type, TensorArena arena) {
    Map<String, Tensor> tensors = new HashMap<>();
    for (var spec : ParameterLayout.of(config)) {
      boolean matrix = spec.shape().rank() == 2;
      var tensor = arena.allocate(matrix ? type : DType.FLOAT32, spec.shape());
      if (matrix) {
        fill(spec, tensor);
      } else {
        var ones = new float[spec.shape().size(0)];
        Arrays.fill(ones, 1);
        tensor.copyFrom(ones);
      }
      tensors.put(spec.name(), tensor);
    }
    return Parameters.fixed(config, tensors);
  }

  /// Random numbers, which come again after a while. Column 0 of the residual stream is constant:
  /// large in the embedding, and no layer adds to it. The norm makes about `sqrt(width / 2)` of it,
  /// and by a weight for it a gate is negative nine times in ten.
  private void fill(ParameterSpec spec, Tensor tensor) {
    int columns = spec.shape().size(1);
    float factor =
        switch (spec.role()) {
          case TOKEN_EMBEDDING -> (float) (1 / DEVIATION);
          case ATTENTION_OUTPUT, DOWN -> 0.1f; // so that the embedding stays most of the stream
          default -> 1;
        };
    int shift = random.nextInt(CHUNK); // no two matrices are alike
    var scaled = new float[CHUNK];
    for (int i = 0; i < CHUNK; i++) {
      scaled[i] = factor * chunk[(i + shift) % CHUNK];
    }
    repeat(tensor, scaled);
    switch (spec.role()) {
      case TOKEN_EMBEDDING -> setFirstColumn(tensor, (float) Math.sqrt(columns));
      case GATE -> setFirstColumn(tensor, (float) (-QUANTILE * DEVIATION));
      case DOWN, ATTENTION_OUTPUT -> tensor.write(0, new float[columns], 0, columns);
      default -> {}
    }
  }

  /// Writes a chunk once and then copies its bytes.
  private static void repeat(Tensor tensor, float[] numbers) {
    int first = (int) Math.min(numbers.length, tensor.elements());
    tensor.write(0, numbers, 0, first);
    var memory = tensor.segment();
    long bytes = memory.byteSize();
    long chunkBytes = bytes * first / tensor.elements();
    for (long at = chunkBytes; at < bytes; at += chunkBytes) {
      MemorySegment.copy(memory, 0, memory, at, Math.min(chunkBytes, bytes - at));
    }
  }

  private static void setFirstColumn(Tensor tensor, float value) {
    int columns = tensor.shape().size(1);
    int piece = Math.min(columns, 256);
    var start = new float[piece];
    for (long row = 0; row < tensor.shape().size(0); row++) {
      tensor.read(row * columns, start, 0, piece);
      start[0] = value;
      tensor.write(row * columns, start, 0, piece);
    }
  }
}
