/// Fader's library: language models trained, run and looked into. `dev.fader` is the front room;
/// the other packages are for those who need more of one subject.
@SuppressWarnings("module") // dev.fader.app is compiled after this
module dev.fader {
  requires java.management;
  requires jdk.management;
  requires static jdk.incubator.vector;
  requires static org.jspecify;
  requires transitive tools.jackson.databind;

  exports dev.fader;
  exports dev.fader.answer;
  exports dev.fader.collective;
  exports dev.fader.data;
  exports dev.fader.data.quality;
  exports dev.fader.evaluate;
  exports dev.fader.evaluate.choice;
  exports dev.fader.evaluate.interval;
  exports dev.fader.evaluate.label;
  exports dev.fader.evaluate.text;
  exports dev.fader.format;
  exports dev.fader.generate;
  exports dev.fader.grammar;
  exports dev.fader.grammar.schema;
  exports dev.fader.inspect.board;
  exports dev.fader.inspect.count;
  exports dev.fader.inspect.difference;
  exports dev.fader.inspect.machine;
  exports dev.fader.inspect.network;
  exports dev.fader.inspect.plan;
  exports dev.fader.inspect.speed;
  exports dev.fader.inspect.tensor;
  exports dev.fader.inspect.trace;
  exports dev.fader.kernel.option;
  exports dev.fader.model;
  exports dev.fader.model.adapter;
  exports dev.fader.model.convert;
  exports dev.fader.model.family;
  exports dev.fader.model.file;
  exports dev.fader.model.intervention;
  exports dev.fader.model.mix;
  exports dev.fader.model.random;
  exports dev.fader.schedule;
  exports dev.fader.sweep;
  exports dev.fader.sweep.lab;
  exports dev.fader.sweep.law;
  exports dev.fader.template;
  exports dev.fader.tensor;
  exports dev.fader.tokenizer;
  exports dev.fader.tokenizer.error;
  exports dev.fader.train;
  exports dev.fader.train.recipe;
  exports dev.fader.tune;
  exports dev.fader.tune.example;
  exports dev.fader.tune.recipe;

  // The arithmetic may change with every release.
  exports dev.fader.adapter to
      dev.fader.app;
  exports dev.fader.grad to
      dev.fader.app;
  exports dev.fader.kernel to
      dev.fader.app;
  exports dev.fader.kernel.factor to
      dev.fader.app;
  exports dev.fader.kernel.matrix to
      dev.fader.app;
  exports dev.fader.kernel.parallel to
      dev.fader.app;
  exports dev.fader.kernel.product to
      dev.fader.app;
  exports dev.fader.kernel.row to
      dev.fader.app;
  exports dev.fader.kernel.statistics to
      dev.fader.app;
  exports dev.fader.quantization to
      dev.fader.app;
}
