/// Fader's library: tensors, kernels, gradients, models, tokenizers, training and generation.
module dev.fader {
  requires java.management;
  requires jdk.management;
  requires static jdk.incubator.vector;
  requires static org.jspecify;
  requires transitive tools.jackson.databind;

  exports dev.fader.data;
  exports dev.fader.tensor;
  exports dev.fader.format;
  exports dev.fader.generate;
  exports dev.fader.grad;
  exports dev.fader.grammar;
  exports dev.fader.grammar.schema;
  exports dev.fader.inspect;
  exports dev.fader.kernel;
  exports dev.fader.kernel.attention;
  exports dev.fader.kernel.matrix;
  exports dev.fader.kernel.optimizer;
  exports dev.fader.kernel.parallel;
  exports dev.fader.kernel.product;
  exports dev.fader.kernel.row;
  exports dev.fader.tokenizer;
  exports dev.fader.tokenizer.error;
  exports dev.fader.model;
  exports dev.fader.model.convert;
  exports dev.fader.model.family;
  exports dev.fader.model.file;
  exports dev.fader.quantization;
  exports dev.fader.template;
  exports dev.fader.train;
  exports dev.fader.train.recipe;
}
