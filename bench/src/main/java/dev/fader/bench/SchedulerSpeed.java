package dev.fader.bench;

import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.schedule.GenerationEvent;
import dev.fader.schedule.GenerationRequest;
import dev.fader.schedule.Scheduler;
import dev.fader.schedule.SchedulerLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// How many tokens a scheduler writes for several clients at a time, for `bench/serving.py`:
/// answers each line `CLIENTS REQUESTS PROMPT NEW` of standard input, requests of each client one
/// after the other, with a line of tokens per second and of the seconds after which each request
/// had its first token.
///
/// Prompts are random ids, and are continued greedily. Seconds begin with the first request and end
/// with the last token.
///
/// Arguments: a model, threads, rows of prompts in a pass at least, clients at most.
public final class SchedulerSpeed {
  private final Scheduler scheduler;
  private final int vocabulary;
  private final SplittableRandom random = new SplittableRandom(7);

  private SchedulerSpeed(Scheduler scheduler, int vocabulary) {
    this.scheduler = scheduler;
    this.vocabulary = vocabulary;
  }

  /// Answers until standard input ends.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int rows = Integer.parseInt(arguments[2]);
    var limits =
        new SchedulerLimits(
            Integer.parseInt(arguments[3]), 200, rows, SchedulerLimits.DEFAULTS.pause());
    try (var engine = new Engine(Integer.parseInt(arguments[1]), Long.MAX_VALUE);
        var model = LoadedModel.open(Path.of(arguments[0]), engine.memory());
        var pool =
            new SessionPool(
                model.decoder(), engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS);
        var scheduler = new Scheduler(pool, Optional.empty(), limits)) {
      var speed = new SchedulerSpeed(scheduler, model.config().vocabularySize());
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        var words = line.strip().split(" ", 4);
        System.out.println(
            speed.run(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3])));
      }
    }
  }

  private String run(int clients, int requests, int prompt, int count) throws InterruptedException {
    var settings =
        new GenerationSettings(count, List.of(), List.of(), SamplerSettings.DEFAULTS.greedy());
    var firsts = Collections.synchronizedList(new ArrayList<Double>());
    var threads = new ArrayList<Thread>();
    long start = System.nanoTime();
    for (int client = 0; client < clients; client++) {
      var own = random.split();
      threads.add(
          Thread.startVirtualThread(() -> {
            for (int i = 0; i < requests; i++) {
              int[] ids = own.ints(prompt, 0, vocabulary).toArray();
              firsts.add(secondsToFirst(new GenerationRequest(ids, settings)));
            }
          }));
    }
    for (var thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return String.format(Locale.ROOT, "%.2f ", (double) clients * requests * count / seconds)
        + firsts.stream()
            .map(first -> String.format(Locale.ROOT, "%.3f", first))
            .collect(Collectors.joining(" "));
  }

  private double secondsToFirst(GenerationRequest request) {
    long start = System.nanoTime();
    double first = 0;
    try (var stream = scheduler.submit(request)) {
      for (var event = stream.next(); event.isPresent(); event = stream.next()) {
        switch (event.get()) {
          case GenerationEvent.PromptRead _ -> first = (System.nanoTime() - start) / 1e9;
          case GenerationEvent.Failed(var cause) -> throw cause;
          case GenerationEvent.PromptProgress _,
              GenerationEvent.Written _,
              GenerationEvent.Ended _ -> {}
        }
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
    return first;
  }
}
