package dev.fader.model.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.Golden;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class HuggingFaceConfigTest {
  private static final String LLAMA =
      """
      {"model_type":"llama","vocab_size":384,"hidden_size":64,"intermediate_size":96,
       "num_hidden_layers":3,"num_attention_heads":4,"max_position_embeddings":128}\
      """;

  @TempDir Path directory;

  @Test
  void readGpt2() throws Exception {
    assertEquals(
        new ModelConfig(
            Families.names("gpt2"),
            384,
            128,
            64,
            3,
            1,
            new ModelConfig.Attention(4, 4, 16, true, true, false, 0.25f, 0, List.of(0, 0, 0)),
            new ModelConfig.FeedForward(256, Activation.GELU_TANH, false, true),
            new ModelConfig.Norm(Normalization.Kind.LAYER, 1e-5f, 0, false),
            new Positions.Learned(),
            new ModelConfig.Embedding(true, 1, 0),
            new ModelConfig.SpecialTokens(1, List.of(2)),
            0.02),
        HuggingFaceConfig.read(golden("gpt2")));
  }

  @Test
  void readGemma2() throws Exception {
    assertEquals(
        new ModelConfig(
            Families.names("gemma2"),
            384,
            128,
            64,
            3,
            1,
            new ModelConfig.Attention(
                4, 2, 24, false, false, false, (float) (1 / Math.sqrt(24)), 50, List.of(8, 0, 8)),
            new ModelConfig.FeedForward(96, Activation.GELU_TANH, true, false),
            new ModelConfig.Norm(Normalization.Kind.RMS, 1e-6f, 1, true),
            new Positions.Rotary(10_000, new RotaryScaling.None()),
            new ModelConfig.Embedding(true, 8, 30),
            new ModelConfig.SpecialTokens(1, List.of(2)),
            0.02),
        HuggingFaceConfig.read(golden("gemma2")));
  }

  @Test
  void familiesHaveTheirDefaults() throws Exception {
    var llama = HuggingFaceConfig.read(golden("llama"));
    assertEquals(
        new ModelConfig.Attention(4, 2, 16, false, false, false, 0.25f, 0, List.of(0, 0, 0)),
        llama.attention());
    assertEquals(new ModelConfig.Embedding(false, 1, 0), llama.embedding());
    assertEquals(
        List.of(8, 8, 8), HuggingFaceConfig.read(golden("mistral-sliding")).attention().windows());
    var qwen2 = HuggingFaceConfig.read(golden("qwen2")).attention();
    assertTrue(
        qwen2.inputBias()
            && !qwen2.outputBias()
            && qwen2.queryKeyNorm() == ModelConfig.QueryKeyNorm.NONE);
    var qwen3 = HuggingFaceConfig.read(golden("qwen3")).attention();
    assertTrue(!qwen3.inputBias() && qwen3.queryKeyNorm() == ModelConfig.QueryKeyNorm.EACH_HEAD);
    assertEquals(24, qwen3.headSize());
    assertEquals(
        new Positions.Rotary(10_000, new RotaryScaling.Llama3(8, 1, 4, 32)),
        HuggingFaceConfig.read(golden("llama3-tied-rope-scaled")).positions());
  }

  @Test
  void generationConfigOverridesTokens() throws Exception {
    for (String name : List.of("config.json", "generation_config.json")) {
      Files.copy(golden("llama").resolve(name), directory.resolve(name));
    }
    var model = HuggingFaceConfig.read(directory);
    assertEquals(HuggingFaceConfig.read(golden("llama").resolve("config.json")), model);
    Files.writeString(
        directory.resolve("generation_config.json"),
        "{\"bos_token_id\": null, \"eos_token_id\": [2, 9, 7]}");
    assertEquals(
        new ModelConfig.SpecialTokens(1, List.of(2, 9, 7)),
        HuggingFaceConfig.read(directory).specialTokens());
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": \"x\"}");
    assertEquals(
        directory.resolve("generation_config.json")
            + ": eos_token_id: is '\"x\"', and must be a token id or a list of them",
        assertThrows(FormatException.class, () -> HuggingFaceConfig.read(directory)).getMessage());
  }

  /// Which layers have experts is written as a list of those that have none; no token only pads.
  private static final List<String> SAID_OTHERWISE =
      List.of("decoder_sparse_step", "mlp_only_layers", "pad_token_id");

  /// Every field that is written has the value that transformers writes for the same model.
  @ParameterizedTest
  @MethodSource("dev.fader.model.Golden#models")
  void writtenConfigMatchesTransformers(String name) throws Exception {
    var reference = JsonFile.read(golden(name).resolve("config.json"));
    assertWithin(reference, written(golden(name)), name);
  }

  private ObjectNode written(Path reference) throws Exception {
    Path written = directory.resolve("config.json");
    var model = HuggingFaceConfig.read(reference);
    DurableFile.write(written, HuggingFaceConfig.content(model));
    assertEquals(model, HuggingFaceConfig.read(directory));
    return JsonFile.read(written);
  }

  @ParameterizedTest
  @MethodSource("dev.fader.model.FamilyGoldenTest#names")
  void writtenConfigOfEveryFamilyMatchesTransformers(String name) throws Exception {
    Assumptions.assumeFalse(name.endsWith("mxfp4"), "packed weights are only read");
    var reference = Golden.directory("families/" + name);
    var written = written(reference);
    var expected = JsonFile.read(reference.resolve("config.json"));
    written.remove(SAID_OTHERWISE);
    assertWithin(expected, common(written, expected), name);
  }

  /// The fields of `written` that are in `reference` as well: the rest transformers leaves to its
  /// defaults.
  private static ObjectNode common(ObjectNode written, ObjectNode reference) {
    var common = written.objectNode();
    for (var field : written.properties()) {
      JsonNode there = reference.path(field.getKey());
      if (field.getValue() instanceof ObjectNode inner && there instanceof ObjectNode outer) {
        common.set(field.getKey(), common(inner, outer));
      } else if (!there.isMissingNode()) {
        common.set(field.getKey(), field.getValue());
      }
    }
    return common;
  }

  private static void assertWithin(ObjectNode reference, ObjectNode written, String where) {
    for (var field : written.properties()) {
      JsonNode expected = reference.path(field.getKey());
      String place = where + "." + field.getKey();
      if (field.getValue() instanceof ObjectNode inner && expected instanceof ObjectNode outer) {
        assertWithin(outer, inner, place);
      } else if (expected.isNumber()) {
        // multipliers are float32 here, and some are written as what gives them
        double close = 2e-7 * Math.abs(expected.doubleValue());
        assertEquals(expected.doubleValue(), field.getValue().doubleValue(), close, place);
      } else {
        assertEquals(expected, field.getValue(), place);
      }
    }
  }

  @Test
  void generationConfigNamesTheTokens() throws Exception {
    Path file = directory.resolve("generation_config.json");
    DurableFile.write(
        file, HuggingFaceConfig.generationContent(HuggingFaceConfig.read(golden("llama"))));
    var written = JsonFile.read(file);
    assertEquals(1, written.path("bos_token_id").intValue());
    assertEquals(2, written.path("eos_token_id").intValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'rope_theta':5e5 | RopeParameters[theta=500000.0, scaling=None[]]",
        "'rope_theta':5e5,'rope_scaling':null | RopeParameters[theta=500000.0, scaling=None[]]",
        "'rope_theta':7,'rope_scaling':{'type':'linear','factor':2} | RopeParameters[theta=7.0, scaling=Linear[factor=2.0]]",
        "'rope_scaling':{'rope_type':'llama3','factor':8,'low_freq_factor':1,'high_freq_factor':4,'original_max_position_embeddings':32} | RopeParameters[theta=10000.0, scaling=Llama3[factor=8.0, lowFrequency=1.0, highFrequency=4.0, originalContext=32]]",
        "'rope_scaling':{'type':'yarn','factor':4} | RopeParameters[theta=10000.0, scaling=Yarn[factor=4.0, betaFast=32.0, betaSlow=1.0, originalContext=128, attentionFactor=0.0, truncated=true]]",
        "'rope_parameters':{'rope_type':'yarn','original_max_position_embeddings':32,'attention_factor':1.5,'beta_fast':16} | RopeParameters[theta=10000.0, scaling=Yarn[factor=4.0, betaFast=16.0, betaSlow=1.0, originalContext=32, attentionFactor=1.5, truncated=true]]",
        "'rope_scaling':{'type':'yarn','factor':8,'truncate':false} | RopeParameters[theta=10000.0, scaling=Yarn[factor=8.0, betaFast=32.0, betaSlow=1.0, originalContext=128, attentionFactor=0.0, truncated=false]]",
        "'rope_theta':9,'rope_parameters':{'rope_theta':9} | RopeParameters[theta=9.0, scaling=None[]]",
      })
  void readRopeInBothNotationsRoundTrips(String fields, String positions) throws IOException {
    var model = read(with(fields));
    var rotary = (Positions.Rotary) model.positions();
    assertEquals(positions, rotary.rope().toString());
    assertEquals(0, rotary.size());
    DurableFile.write(directory.resolve("config.json"), HuggingFaceConfig.content(model));
    assertEquals(model, HuggingFaceConfig.read(directory));
  }

  @Test
  void missingFieldsHaveTransformersDefaults() throws IOException {
    var llama = read(LLAMA);
    assertEquals(
        new ModelConfig.Attention(4, 4, 16, false, false, false, 0.25f, 0, List.of(0, 0, 0)),
        llama.attention());
    assertEquals(new ModelConfig.Norm(Normalization.Kind.RMS, 1e-6f, 0, false), llama.norm());
    assertEquals(ModelConfig.SpecialTokens.NONE, llama.specialTokens());
    assertEquals(128, read(LLAMA.replace("llama", "qwen3")).attention().headSize());
    assertEquals(
        List.of(4096, 4096, 4096), read(LLAMA.replace("llama", "mistral")).attention().windows());
    var gemma = read(LLAMA.replace("llama", "gemma2"));
    assertEquals(256, gemma.attention().headSize());
    assertEquals(List.of(4096, 0, 4096), gemma.attention().windows());
    assertEquals(50, gemma.attention().scores().softCap());
    assertTrue(gemma.embedding().tied());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'layer_norm_elementwise_affine':false | layer_norm_elementwise_affine: is false, and norms without weights are not supported",
        "'_remove_final_layer_norm':true | _remove_final_layer_norm: is true, and a model with norms before attention and none at the end is not supported",
        "'word_embed_proj_dim':0 | word_embed_proj_dim: is '0', and must be a whole number from 1 to 2147483647",
        "'max_position_embeddings':2147483647 | its sizes are too large to multiply",
        "'ffn_dim':null | ffn_dim: is missing",
      })
  void whatNoDecoderCanDoOfOptIsNamed(String fields, String problem) throws IOException {
    String json = with("'ffn_dim':96," + fields).replace("llama", "opt");
    var refused = assertThrows(FormatException.class, () -> read(json));
    assertEquals(directory.resolve("config.json") + ": " + problem, refused.getMessage());
  }

  /// A model with norms after the sums has none at the end, whether that is said or not.
  @Test
  void optOfNormsAfterSumsHasNoLastNorm() throws IOException {
    String fields = "'ffn_dim':96,'do_layer_norm_before':false,'_remove_final_layer_norm':true";
    var model = read(with(fields).replace("llama", "opt"));
    assertEquals(ModelConfig.Placement.AFTER_SUM, model.norm().placement());
    assertEquals(new Positions.Learned(2), model.positions());
    assertEquals(64, model.embeddingWidth());
  }

  @Test
  void qwenWindowsBeginAtConfiguredLayer() throws IOException {
    String fields = "'use_sliding_window':true,'sliding_window':16,'max_window_layers':2";
    var model = read(with(fields).replace("llama", "qwen2"));
    assertEquals(List.of(0, 0, 16), model.attention().windows());
    DurableFile.write(directory.resolve("config.json"), HuggingFaceConfig.content(model));
    assertEquals(model, HuggingFaceConfig.read(directory));
  }

  @Test
  void explicitNullDisablesGemmaCaps() throws IOException {
    String fields = "'attn_logit_softcapping':null,'final_logit_softcapping':null";
    var model = read(with(fields).replace("llama", "gemma2"));
    assertEquals(0, model.attention().scores().softCap());
    assertEquals(0, model.embedding().logitSoftCap());
  }

  @Test
  void endTokensRoundTrip() throws IOException {
    var several = read(with("'bos_token_id':-1,'eos_token_id':[5,-1,7]"));
    assertEquals(new ModelConfig.SpecialTokens(-1, List.of(5, 7)), several.specialTokens());
    DurableFile.write(directory.resolve("config.json"), HuggingFaceConfig.content(several));
    assertEquals(several, HuggingFaceConfig.read(directory));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'model_type':'bloom' | model_type: 'bloom' is not known; known are openai-gpt, gpt2, opt, llama, mistral, qwen2, qwen3, gemma2, gemma3_text, phi3, olmo2, granite, smollm3, starcoder2, mixtral, qwen3_moe, gpt_oss, deepseek_v2, deepseek_v3",
        "'model_type':7 | model_type: is '7', and must be a text",
        "'model_type':null | model_type: is missing",
        "'hidden_size':null | hidden_size: is missing",
        "'vocab_size':0 | vocab_size: is '0', and must be a whole number from 1 to 2147483647",
        "'vocab_size':-5 | vocab_size: is '-5', and must be a whole number from 1 to 2147483647",
        "'vocab_size':99999999999 | vocab_size: is '99999999999', and must be a whole number from 1 to 2147483647",
        "'vocab_size':3.5 | vocab_size: is '3.5', and must be a whole number from 1 to 2147483647",
        "'vocab_size':'384' | vocab_size: is '\"384\"', and must be a whole number from 1 to 2147483647",
        "'num_hidden_layers':2000000000 | num_hidden_layers: is 2000000000, and no more than 100000 are read",
        "'num_attention_heads':5 | hidden_size: is 64, which 5 heads do not divide",
        "'num_attention_heads':2000000000,'num_key_value_heads':1,'head_dim':2000000000 | its sizes are too large to multiply",
        "'num_key_value_heads':3 | 4 query heads cannot be divided among 3 key-value heads: choose a divisor of 4",
        "'head_dim':15 | head size 15 is odd, and rotary positions rotate pairs: choose an even head size",
        "'hidden_act':'mish' | hidden_act: unknown activation 'mish'; known are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, silu, swish, quick_gelu, relu, relu2, drelu",
        "'rms_norm_eps':0 | rms_norm_eps: is '0', and must be above 0",
        "'rms_norm_eps':-1 | rms_norm_eps: is '-1', and must be a number of at least 0",
        "'tie_word_embeddings':1 | tie_word_embeddings: is '1', and must be true or false",
        "'eos_token_id':'</s>' | eos_token_id: is '\"</s>\"', and must be a token id or a list of them",
        "'quantization_config':{} | quantization_config: the weights are packed in a way that is not read: take the original model",
        "'rope_scaling':{'type':'longrope'} | rope_scaling.short_factor: is missing",
        "'rope_scaling':{'type':'longrope','short_factor':[1,0]} | rope_scaling.short_factor: holds '0', and must hold numbers above 0",
        "'rope_scaling':{'type':'longrope','short_factor':[1],'long_factor':[2,3]} | there are 1 short and 2 long factors for 8 rotary pairs",
        "'rope_parameters':{'rope_type':'axial','factor':2} | rope_parameters.rope_type: unknown kind 'axial'; known are default, linear, dynamic, llama3, yarn, longrope",
        "'rope_scaling':{'type':'linear'} | rope_scaling.factor: is missing",
        "'rope_scaling':7 | rope_scaling: is '7', and must be an object",
        "'rope_scaling':{'type':'llama3','factor':8,'low_freq_factor':4,'high_freq_factor':4} | rope_scaling.high_freq_factor: is 4.0, and must be above low_freq_factor 4.0",
        "'rope_theta':1,'rope_parameters':{'rope_theta':2} | rope_theta: is 1.0, but 2.0 in rope_parameters: remove one",
        "'rope_theta':1e-45 | the base of rotary positions is 1.0E-45, and must be above 1",
        "'rope_theta':1 | the base of rotary positions is 1.0, and must be above 1",
        "'rope_scaling':{'type':'linear','factor':1e-9} | a factor of rotary positions is 1.0E-9, and must be at least 1/16",
        "'partial_rotary_factor':0.5 | partial_rotary_factor: is 0.5, and this family rotates whole heads",
        "'rope_parameters':{'partial_rotary_factor':0.5} | rope_parameters.partial_rotary_factor: is 0.5, and this family rotates whole heads",
        "'model_type':'phi3','partial_rotary_factor':0.1 | partial_rotary_factor: is 0.1, which rotates 1 of a head's 16 columns, and must rotate an even number of them",
        "'model_type':'phi3','partial_rotary_factor':1.5 | partial_rotary_factor: is 1.5, which rotates 24 of a head's 16 columns, and must rotate an even number of them",
        "'fader_shared_layers':2 | 3 layers cannot be shared in groups of 2: choose a divisor of 3",
      })
  void invalidFieldIsNamedInOneLine(String fields, String problem) throws IOException {
    String json = with(fields);
    var refused = assertThrows(FormatException.class, () -> read(json));
    assertEquals(directory.resolve("config.json") + ": " + problem, refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'layer_types':['full_attention'] | layer_types: names 1 layers, and there are 3",
        "'layer_types':['a','a','a'] | layer_types: unknown kind 'a'; known are full_attention, sliding_attention",
        "'layer_types':['sliding_attention','full_attention','full_attention'] | layer_types: asks for sliding_attention, but sliding_window is off",
        "'layer_types':[1,2,3] | layer_types: holds '1', and must hold texts",
        "'layer_types':{} | layer_types: is '{}', and must be a list",
      })
  void mismatchedLayerTypesAreNamed(String fields, String problem) throws IOException {
    String json = with(fields).replace("llama", "qwen3");
    var refused = assertThrows(FormatException.class, () -> read(json));
    assertEquals(directory.resolve("config.json") + ": " + problem, refused.getMessage());
  }

  @Test
  void brokenJsonHasPositionAndMissingFileIsNamed() throws IOException {
    var broken = assertThrows(FormatException.class, () -> read("{\"model_type\": nul}"));
    assertTrue(
        broken.getMessage().matches(".*config.json: broken JSON: .*nul.* \\(at byte \\d+\\)"),
        broken.getMessage());
    var none =
        assertThrows(
            NoSuchFileException.class,
            () -> HuggingFaceConfig.read(directory.resolve("none.json")));
    assertEquals(directory.resolve("none.json") + ": there is no such file", none.getMessage());
  }

  @Test
  void writeInexpressibleModelFails() throws Exception {
    var model = HuggingFaceConfig.read(golden("llama"));
    var attention =
        new ModelConfig.Attention(
            4, 2, 16, true, false, false, 0.25f, 0, Collections.nCopies(3, 0));
    var biased =
        new ModelConfig(
            model.names(),
            model.vocabularySize(),
            model.context(),
            model.width(),
            model.layers(),
            model.sharedLayers(),
            attention,
            model.feedForward(),
            model.norm(),
            model.positions(),
            model.embedding(),
            model.specialTokens(),
            model.initializerRange());
    var refused = assertThrows(ModelConfigException.class, () -> HuggingFaceConfig.content(biased));
    assertTrue(
        String.valueOf(refused.getMessage())
            .startsWith("the config.json of llama cannot say what this model is: "),
        refused.getMessage());
  }

  private static String with(String fields) throws IOException {
    var mapper = JsonMapper.shared();
    var object = (ObjectNode) mapper.readTree(LLAMA);
    object.setAll((ObjectNode) mapper.readTree("{" + fields.replace('\'', '"') + "}"));
    return mapper.writeValueAsString(object);
  }

  private ModelConfig read(String json) throws IOException {
    Files.writeString(directory.resolve("config.json"), json);
    return HuggingFaceConfig.read(directory);
  }

  private static Path golden(String name) throws URISyntaxException {
    return Path.of(
            Objects.requireNonNull(
                    HuggingFaceConfigTest.class.getResource(
                        "/golden/models/" + name + "/config.json"))
                .toURI())
        .resolveSibling(".")
        .normalize();
  }

  @Test
  void readTextModelOfMultimodal() throws Exception {
    var reference = Golden.directory("families/gemma3");
    var whole = JsonFile.read(reference.resolve("config.json")).objectNode();
    var text = JsonFile.read(reference.resolve("config.json"));
    text.remove(List.of("bos_token_id", "eos_token_id", "model_type"));
    whole.put("model_type", "gemma3").put("bos_token_id", 1).put("eos_token_id", 2);
    whole.set("text_config", text);
    DurableFile.write(directory.resolve("config.json"), JsonFile.content(whole));
    assertEquals(HuggingFaceConfig.read(reference), HuggingFaceConfig.read(directory));
    whole.remove("text_config");
    DurableFile.write(directory.resolve("config.json"), JsonFile.content(whole));
    assertEquals(
        directory.resolve("config.json") + ": text_config: is missing",
        assertThrows(FormatException.class, () -> HuggingFaceConfig.read(directory)).getMessage());
  }
}
