package dev.fader.model;

import dev.fader.adapter.AdaptedProjection;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.EmbeddingAdapter.TrainableTokens;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.AttentionLayout;
import dev.fader.grad.CachedLayer;
import dev.fader.grad.EmbeddingTables;
import dev.fader.grad.EmbeddingTables.ReplacedRows;
import dev.fader.grad.ExpertMatrices;
import dev.fader.grad.ExpertNetwork;
import dev.fader.grad.LearnedKeysValues;
import dev.fader.grad.NormParameters;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.attention.PagedLayer;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Rotation;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The decoder-only transformer (Vaswani et al. 2017, Radford et al. 2018) of all families.
///
/// Shared by training and generation, which differ in their tapes. Immutable but for the copies
/// that [#repack] adds.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class Decoder {
  private static final float LATENT_EPSILON = 1e-6f;

  private final ModelConfig config;
  private final int virtualTokens;
  private final ModelConfig ofTexts; // whose context leaves virtual tokens out
  private final Parameters parameters;
  private final TensorArena arena;
  private final TensorArena own; // of the adapters
  private final Optional<RotaryTables> rotary;
  private final Optional<LatentHeads> latent;
  private final List<Optional<ExpertNetwork>> networks; // per layer
  private final Optional<SparseActivation> sparse;
  private final Repacking repacking;
  private final Optional<Variable> changedHead; // by adapters, for generation
  private final RowUse use;
  private final List<Intervention> interventions;

  /// A decoder with these parameters. The table of rotary positions is allocated in `arena`.
  public Decoder(Parameters parameters, TensorArena arena) {
    this(parameters, arena, Optional.empty());
  }

  /// A decoder that computes few rows without the neurons that the activation makes zero: ReLU and
  /// its square. A copy of `down` in `arena` makes that possible.
  ///
  /// @param skip whether zeros are skipped; if not, the same bits are computed, in more time
  /// @throws ModelConfigException if the model has nothing to skip
  public static Decoder sparse(Parameters parameters, TensorArena arena, boolean skip) {
    return new Decoder(
        parameters, arena, Optional.of(SparseActivation.of(parameters, arena, skip)));
  }

  private Decoder(Parameters parameters, TensorArena arena, Optional<SparseActivation> sparse) {
    this(
        parameters,
        arena,
        new Changes(
            sparse,
            new Repacking(parameters, arena, sparse.isPresent()),
            Optional.empty(),
            rotaryTables(parameters.config(), arena),
            arena,
            RowUse.of(parameters.adapters()),
            List.of()));
  }

  private static Optional<RotaryTables> rotaryTables(ModelConfig config, TensorArena arena) {
    return switch (config.positions()) {
      case Positions.Learned _ -> Optional.empty();
      case Positions.Rotary positions -> Optional.of(new RotaryTables(config, positions, arena));
    };
  }

  /// What may differ between decoders of the same weights.
  private record Changes(
      Optional<SparseActivation> sparse,
      Repacking repacking,
      Optional<Variable> head,
      Optional<RotaryTables> rotary,
      TensorArena own,
      RowUse use,
      List<Intervention> interventions) {}

  private Decoder(Parameters parameters, TensorArena arena, Changes changes) {
    this.sparse = changes.sparse;
    this.config = parameters.config();
    this.parameters = parameters;
    this.virtualTokens = virtualTokens(parameters);
    this.ofTexts = withoutVirtualTokens();
    this.arena = arena;
    this.own = changes.own;
    this.repacking = changes.repacking;
    this.changedHead = changes.head;
    this.use = changes.use;
    this.interventions = changes.interventions;
    this.rotary = changes.rotary;
    this.latent = config.attention().latent().map(some -> new LatentHeads(config, some));
    this.networks = networks();
  }

  private ModelConfig withoutVirtualTokens() {
    if (config.embedding().factorized()) {
      requireNoVirtualEmbeddings();
    }
    if (virtualTokens >= config.context()) {
      throw new AdapterException(
          "%d virtual tokens leave no room for a text in the model's context of %d: use other adapters, or fewer"
              .formatted(virtualTokens, config.context()));
    }
    return virtualTokens == 0 ? config : config.withContext(config.context() - virtualTokens);
  }

  /// Virtual tokens are as wide as the model, and peft has no place for them in this one either.
  private void requireNoVirtualEmbeddings() {
    for (var adapter : parameters.adapters()) {
      if (adapter.virtualTokens().filter(some -> !some.keysValues()).isPresent()) {
        throw new AdapterException(
            "the embedding of this model is factorised, and has %d columns where virtual tokens have %d: use another method, or prefix tuning"
                .formatted(config.embeddingWidth(), config.width()));
      }
    }
  }

  /// A decoder of the same weights, for generation, with `adapters` beside them, and no others.
  /// What they need besides lives in `own`, which must stay open as long as the decoder is used.
  ///
  /// @throws AdapterException if one does not fit the model
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for what they need
  public Decoder with(List<ModelAdapter> adapters, Kernels kernels, TensorArena own) {
    var numbered = new ArrayList<ModelAdapter>();
    int invoked = 0;
    for (var adapter : adapters) {
      numbered.add(adapter.invocation().isPresent() ? adapter.numbered(invoked++) : adapter);
    }
    return with(numbered, kernels, own, RowUse.of(numbered));
  }

  /// The same with adapters of which each sequence says which of them it uses, and how strongly:
  /// sequences of one pass may use different ones.
  ///
  /// @throws AdapterException if one does not fit the model, or is no LoRA that sequences can
  ///   choose
  public Decoder withChoices(List<ModelAdapter> adapters, Kernels kernels, TensorArena own) {
    var switched = new ArrayList<ModelAdapter>();
    for (int number = 0; number < adapters.size(); number++) {
      switched.add(adapters.get(number).switched(number));
    }
    if (parameters.adapted(switched).changesHead()) {
      throw new AdapterException(
          "the adapter changes the head, which all sequences of a batch share: use it for all of"
              + " them");
    }
    return with(switched, kernels, own, RowUse.ofChoices(adapters));
  }

  private Decoder with(List<ModelAdapter> adapters, Kernels kernels, TensorArena own, RowUse use) {
    if (sparse.isPresent() && !adapters.isEmpty()) {
      throw new AdapterException(
          "a model that skips neurons takes no adapters, and no mix of its tensors: leave one of the two out");
    }
    if (adapters.stream().filter(adapter -> adapter.virtualCount() > 0).count() > 1) {
      throw new AdapterException(
          "two adapters begin every text with virtual tokens: use one of them at a time");
    }
    var plain = parameters.adapted(adapters); // checks that all modules are there
    for (int layer = 0; latent.isPresent() && layer < config.layers(); layer++) {
      if (!plain.beside(Role.KEY_VALUE_UP, layer).isEmpty()) {
        throw new AdapterException(
            "the adapter changes the projection from the latent to keys and values in layer %d, which generation takes apart: merge it into the model"
                .formatted(layer));
      }
    }
    var prepared = new ArrayList<ModelAdapter>();
    for (var adapter : adapters) {
      prepared.add(adapter.prepared(kernels, plain::projection, own));
    }
    var table = parameters.adapted(prepared);
    var head = changedHead(table, kernels, own);
    return new Decoder(
        table, arena, new Changes(sparse, repacking, head, rotary, own, use, interventions));
  }

  /// A decoder of the same weights and adapters whose numbers `intervention` looks at, or changes,
  /// where they flow, after those that this one has. Where it leaves them alone, the bits are the
  /// model's. It skips no neurons, since they are looked at.
  public Decoder intervened(Intervention intervention) {
    var all = new ArrayList<>(interventions);
    all.add(intervention);
    return new Decoder(
        parameters,
        arena,
        new Changes(Optional.empty(), repacking, changedHead, rotary, own, use, List.copyOf(all)));
  }

  /// The head with adapters in it, once for all passes.
  private static Optional<Variable> changedHead(
      Parameters table, Kernels kernels, TensorArena own) {
    if (!table.changesHead()) {
      return Optional.empty();
    }
    try (var passing = own.memory().open("adapters")) {
      var head = table.head(new Tape(kernels, passing, Tape.Mode.INFER)).value();
      return Optional.of(Variable.fixed(own.allocate(DType.FLOAT32, head.shape()).copyFrom(head)));
    }
  }

  /// Looked up once, because a layer may have hundreds of matrices.
  private List<Optional<ExpertNetwork>> networks() {
    var perLayer = new ArrayList<Optional<ExpertNetwork>>();
    for (int i = 0; i < config.layers(); i++) {
      int layer = i;
      perLayer.add(config.feedForward().experts(layer).map(experts -> network(layer, experts)));
    }
    return List.copyOf(perLayer);
  }

  /// The configuration. Its context is that of a text: what [#virtualTokens] leave of the model's.
  public ModelConfig config() {
    return ofTexts;
  }

  /// The parameter table.
  public Parameters parameters() {
    return parameters;
  }

  /// Tokens that the adapters put before each text. They have the ids behind the vocabulary.
  public int virtualTokens() {
    return virtualTokens;
  }

  private static int virtualTokens(Parameters parameters) {
    int count = 0;
    for (var adapter : parameters.adapters()) {
      count += adapter.virtualCount();
    }
    return count;
  }

  /// The number of adapters that sequences choose from.
  public int choices() {
    return use.choices();
  }

  /// The adapters that rows of a pass use or not, each as its session and its invocation say.
  public RowUse rowUse() {
    return use;
  }

  /// The matrix of the head, (vocabulary, width), as adapters make it.
  public Variable head(Tape tape) {
    return changedHead.orElseGet(() -> parameters.head(tape));
  }

  /// The share of the neurons that were skipped so far, if zeros are.
  public OptionalDouble skippedShare() {
    return sparse.isPresent()
        ? OptionalDouble.of(sparse.get().usage().skippedShare())
        : OptionalDouble.empty();
  }

  /// The normalized output of the last layer for whole sequences, narrowed if the head is
  /// factorised.
  ///
  /// @throws IllegalStateException if the model is closed
  /// @throws IllegalArgumentException if the sequences are longer than the context
  /// @return (rows, width), or the columns of a factorised head: its input
  public Variable forward(Tape tape, TokenBlock tokens) {
    requireOpen();
    cover(tokens.time());
    tape.tokens(tokens);
    return forward(tape, new Pass(tokens, Optional.empty(), usesLongFactors(tokens.time())));
  }

  /// The same for the next tokens of sequences whose earlier keys and values are cached, and theirs
  /// are put beside them.
  ///
  /// @return the input of the head
  public Variable forward(Tape tape, TokenBlock tokens, CachedPass cached) {
    requireOpen();
    return forward(tape, new Pass(tokens, Optional.of(cached), cached.longFactors()));
  }

  /// How many tokens after the first `length` of a text, up to `most`, are rotated as the first of
  /// them is: LongRoPE rotates a text anew when it outgrows the original context.
  public int rotatedAlike(int length, int most) {
    int alike = most;
    while (alike > 1 && usesLongFactors(length + alike) != usesLongFactors(length + 1)) {
      alike--;
    }
    return alike;
  }

  /// Prepares for positions before `end`.
  ///
  /// @throws IllegalArgumentException if the model's context is shorter
  /// @return how many positions passes that are recorded now can take; it grows with `end`, and
  ///   those that were recorded before take as many as were covered then
  public int cover(int end) {
    if (end > config.context()) {
      throw new IllegalArgumentException(
          "%d tokens do not fit a context of %d".formatted(end, config.context()));
    }
    return rotary.isPresent() ? rotary.get().cover(end) : config.context();
  }

  /// The rows that one of the rotary tables has, with those that it outgrew, after a text of
  /// `length` tokens was read in pieces, for plans.
  ///
  /// @param context of the model, no less than `length`
  public static long rotaryRows(int length, int context) {
    return RotaryTables.rowsUpTo(length, context);
  }

  /// Whether texts of `length` tokens have other rotary positions than shorter ones (LongRoPE), so
  /// that all keys of one that has grown as long must be computed again, as in transformers.
  public boolean usesLongFactors(int length) {
    return rotary.isPresent() && rotary.get().usesLongFactors(length);
  }

  /// Leaves quantised matrices as they are stored: no copy of them is made.
  public void keepAsStored() {
    repacking.keepAsStored();
  }

  /// Decides how activations are multiplied with the copies that [#repack] makes, before it does.
  public void takeActivationsAs(ActivationType type) {
    repacking.takeActivationsAs(type);
  }

  /// Whether activations may be rounded on their way into products, as [#takeActivationsAs]
  /// decided.
  public boolean roundsActivations() {
    return repacking.roundsActivations();
  }

  /// Keeps quantised matrices interleaved, which products read faster, in the arena of this
  /// decoder, and gives the pages of a file that nothing reads any more back to the system. Where
  /// the copy would take more than three quarters of the memory that is left, which keys, values
  /// and activations need, it does nothing but say so. Nor does it anything the second time, or
  /// after [#keepAsStored]. Nothing may compute with this decoder meanwhile.
  public void repack(Workers workers) {
    repacking.run(workers);
  }

  /// The bytes of the copy that [#repack] makes of a parameter that is stored as `type`, 0 if it
  /// makes none, for plans. A sparse decoder, or vectors of less than sixteen lanes, may have
  /// fewer.
  public static long repackedBytes(ModelConfig config, ParameterSpec spec, DType type) {
    return Repacking.bytes(config, spec, type);
  }

  /// Makes sure that the weights are there.
  ///
  /// @throws IllegalStateException if the model is closed
  public void requireOpen() {
    if (!arena.isOpen()) {
      throw new IllegalStateException(
          "the model is closed: open it again, and close it only after its sessions");
    }
    if (!own.isOpen()) {
      throw new IllegalStateException(
          "the model's adapters are closed: open them again, and close them only after its"
              + " sessions");
    }
  }

  /// What [#forward(Tape, TokenBlock)] gives, from the residual stream before `first` on; behind
  /// the last layer, only its norm. Interventions in that stream have had their turn.
  ///
  /// @param residual (rows, width), for the rows of `tokens`
  public Variable forwardFrom(Tape tape, TokenBlock tokens, int first, Variable residual) {
    requireOpen();
    cover(tokens.time());
    tape.tokens(tokens);
    var pass = new Pass(tokens, Optional.empty(), usesLongFactors(tokens.time()));
    return forwardFrom(tape, pass, first, residual);
  }

  private Variable forward(Tape tape, Pass pass) {
    return forwardFrom(tape, pass, 0, at(tape, embed(tape, pass.tokens()), Site.RESIDUAL, 0));
  }

  /// The residual stream before a layer; before the one behind the last, what goes into the last
  /// norm. Interventions in it have had their turn.
  ///
  /// @param stream (rows, width)
  public record Residual(int layer, Variable stream) {}

  /// What [#forward(Tape, TokenBlock, CachedPass)] gives, from the residual stream on: what the
  /// layers below have cached is left alone.
  ///
  /// @return the input of the head
  public Variable forwardFrom(Tape tape, TokenBlock tokens, CachedPass cached, Residual residual) {
    requireOpen();
    var pass = new Pass(tokens, Optional.of(cached), cached.longFactors());
    return forwardFrom(tape, pass, residual.layer(), residual.stream());
  }

  private Variable forwardFrom(Tape tape, Pass pass, int first, Variable residual) {
    var x = residual; // (rows, width)
    for (int i = first; i < config.layers(); i++) {
      int layer = i;
      x =
          tape.layer(
              x,
              input -> {
                var asked = layer == first ? input : at(tape, input, Site.RESIDUAL, layer);
                return layer(tape, asked, layer, pass);
              });
    }
    x = first == config.layers() ? x : at(tape, x, Site.RESIDUAL, config.layers());
    if (config.norm().placement() != ModelConfig.Placement.AFTER_SUM) {
      x = normalize(tape, x, Role.FINAL_NORM, 0);
    }
    if (config.embedding().factorized()) {
      x = headProjection(tape, x); // (rows, columns)
    }
    return at(tape, tape.scale(x, config.embedding().logitScale()), Site.FINAL, 0);
  }

  /// What the matrix before a factorised head makes of the residual stream, with adapters.
  ///
  /// @param x (rows, width)
  /// @return (rows, columns of the head)
  public Variable headProjection(Tape tape, Variable x) {
    return linear(tape, x, 0, Role.HEAD_PROJECTION);
  }

  /// What goes on from a site.
  private Variable at(Tape tape, Variable x, Site site, int layer) {
    var changed = x;
    for (var intervention : interventions) {
      changed = intervention.at(tape, changed, site.in(layer));
    }
    return changed;
  }

  /// Shared by all layers of one forward pass.
  ///
  /// @param longFactors whether positions are rotated by LongRoPE's factors for long texts
  private record Pass(TokenBlock tokens, Optional<CachedPass> cached, boolean longFactors) {}

  private Variable embed(Tape tape, TokenBlock tokens) {
    boolean learned = config.positions() instanceof Positions.Learned;
    boolean apart = learned && arePositionsApart();
    Optional<Variable> positions =
        learned && !apart
            ? Optional.of(parameters.weight(Role.POSITION_EMBEDDING))
            : Optional.empty();
    var table = parameters.weight(Role.TOKEN_EMBEDDING);
    float scale = config.embedding().scale();
    var replaced = new ArrayList<EmbeddingTables.ReplacedRows>();
    int unread = 0;
    for (var adapter : parameters.adapters()) {
      var virtual = adapter.virtualTokens();
      if (virtual.isPresent() && virtual.get().keysValues()) {
        unread = adapter.virtualCount();
      } else if (virtual.isPresent()) {
        var rows = virtual.get().embeddings(tape);
        replaced.add(new ReplacedRows(config.vocabularySize(), List.of(), rows, 1));
      }
      for (var embedding : adapter.embeddings()) {
        if (embedding instanceof TrainableTokens(var ids, var rows)) {
          replaced.add(new ReplacedRows(0, ids, rows, scale));
        }
      }
    }
    var embedded =
        tape.embed(tokens, new EmbeddingTables(table, positions, scale, replaced, unread));
    var widened = widened(tape, withLowRank(tape, tokens, embedded));
    return tape.dropout(apart ? withPositions(tape, tokens, widened) : widened);
  }

  /// Whether positions are added by an operation of their own: behind the matrix that widens the
  /// embedding, or from a table that has rows before the first.
  private boolean arePositionsApart() {
    return config.embedding().factorized()
        || (config.positions() instanceof Positions.Learned(int first) && first > 0);
  }

  private Variable withPositions(Tape tape, TokenBlock tokens, Variable x) {
    var table = parameters.weight(Role.POSITION_EMBEDDING);
    return config.positions() instanceof Positions.Learned(int first)
        ? tape.addPositions(x, tokens, table, first)
        : x;
  }

  /// (rows, width), of a factorised embedding too.
  private Variable widened(Tape tape, Variable embedded) {
    return config.embedding().factorized()
        ? linear(tape, embedded, 0, Role.EMBEDDING_PROJECTION)
        : embedded;
  }

  private Variable withLowRank(Tape tape, TokenBlock tokens, Variable embedded) {
    var sum = embedded;
    for (var adapter : parameters.adapters()) {
      for (var embedding : adapter.embeddings()) {
        if (embedding instanceof LowRank(var down, var up, float scale)) {
          float whole = scale * config.embedding().scale();
          sum = tape.addLinear(sum, 0, tape.gatherColumns(tokens, down, whole), up);
        }
      }
    }
    return sum;
  }

  private Variable layer(Tape tape, Variable x, int layer, Pass pass) {
    boolean before = config.norm().before();
    var read = before ? normalize(tape, x, Role.ATTENTION_NORM, layer) : x;
    var attention = attention(tape, read, layer, pass);
    var between = at(tape, add(tape, x, attention, Branch.ATTENTION, layer), Site.BETWEEN, layer);
    var normalized = before ? normalize(tape, between, Role.FEED_FORWARD_NORM, layer) : between;
    var feedForward = feedForward(tape, normalized, layer);
    return add(tape, between, feedForward, Branch.FEED_FORWARD, layer);
  }

  /// What a layer adds to the residual stream, and the norm behind it.
  private enum Branch {
    ATTENTION(Site.ATTENTION, Role.AFTER_ATTENTION_NORM),
    FEED_FORWARD(Site.FEED_FORWARD, Role.AFTER_FEED_FORWARD_NORM);

    private final Site site;
    private final Role norm;

    Branch(Site site, Role norm) {
      this.site = site;
      this.norm = norm;
    }
  }

  /// The residual stream plus a branch, with the norm after either.
  private Variable add(Tape tape, Variable x, Variable result, Branch branch, int layer) {
    var placement = config.norm().placement();
    boolean afterSum = placement == ModelConfig.Placement.AFTER_SUM;
    boolean afterBranch = config.norm().after() && !afterSum;
    var added = afterBranch ? normalize(tape, result, branch.norm, layer) : result;
    var dropped = tape.dropout(tape.scale(added, config.norm().branchScale()));
    var sum = tape.add(x, at(tape, dropped, branch.site, layer));
    return afterSum ? normalize(tape, sum, branch.norm, layer) : sum;
  }

  private Variable attention(Tape tape, Variable x, int layer, Pass pass) {
    var mixed =
        latent.isPresent() && pass.cached().isPresent()
            ? cachedLatentAttention(tape, x, layer, pass)
            : headAttention(tape, x, layer, pass);
    return attentionOutput(tape, at(tape, mixed, Site.HEADS, layer), layer);
  }

  /// What the output projection of a layer makes of what its heads have gathered, with adapters.
  ///
  /// @param heads (rows, heads * value size)
  /// @return (rows, width), before a norm or a factor
  public Variable attentionOutput(Tape tape, Variable heads, int layer) {
    return linear(tape, heads, layer, Role.ATTENTION_OUTPUT);
  }

  /// Attention of heads with keys and values of their own: (rows, heads * valueSize).
  private Variable headAttention(Tape tape, Variable x, int layer, Pass pass) {
    var attention = config.attention();
    var tokens = pass.tokens();
    var states = states(tape, x, layer); // (rows, queries | keys | values)
    var rotation = rotation(layer, pass);
    if (rotation.isPresent()) {
      int rotated = (attention.heads() + attention.keyValueHeads()) * attention.stateSize();
      states = tape.rotate(states, rotation.get(), tokens, rotated);
    }
    states = at(tape, withLearnedKeysValues(tape, states, layer, tokens), Site.STATES, layer);
    if (pass.cached().isPresent()) {
      return tape.attention(states, cachedLayer(pass.cached().get(), layer));
    }
    var mixed = tape.attention(states, attentionShapes(tokens, layer), sinks(layer));
    return latent.isPresent() ? latent.get().values(tape, mixed) : mixed;
  }

  /// The states with keys and values that an adapter has learned for its virtual tokens.
  private Variable withLearnedKeysValues(Tape tape, Variable states, int layer, TokenBlock tokens) {
    var result = states;
    for (var adapter : parameters.adapters()) {
      var virtual = adapter.virtualTokens();
      if (virtual.isPresent() && virtual.get().keysValues()) {
        int width = 2 * config.attention().keyValueWidth();
        result =
            tape.replaceKeysValues(
                result,
                tokens,
                new LearnedKeysValues(
                    virtual.get().rows(),
                    layer * width,
                    width,
                    config.attention().queryWidth(),
                    config.vocabularySize()));
      }
    }
    return result;
  }

  /// Attention over a cache of latents: (rows, heads * valueSize).
  private Variable cachedLatentAttention(Tape tape, Variable x, int layer, Pass pass) {
    var heads = latent.orElseThrow();
    var expansion = projection(Role.KEY_VALUE_UP, layer);
    var queries = latentQueries(tape, x, layer, heads);
    var narrow = linear(tape, x, layer, Role.KEY_VALUE_DOWN);
    var latentRows = normalize(tape, heads.latentOf(tape, narrow), Role.KEY_VALUE_DOWN_NORM, layer);
    var states = heads.cachedStates(tape, queries, latentRows, narrow, expansion);
    var rotation = rotation(layer, pass);
    if (rotation.isPresent()) {
      states = heads.rotateCached(tape, states, rotation.get(), pass.tokens());
    }
    var mixed = tape.attention(states, cachedLayer(pass.cached().orElseThrow(), layer));
    return heads.cachedValues(tape, mixed, expansion);
  }

  private Optional<Rotation> rotation(int layer, Pass pass) {
    return rotary.flatMap(tables -> tables.rotation(layer, pass.longFactors()));
  }

  private Optional<Variable> sinks(int layer) {
    return config.attention().scores().sinks()
        ? Optional.of(parameters.weight(Role.SINKS, layer))
        : Optional.empty();
  }

  private Variable states(Tape tape, Variable x, int layer) {
    if (latent.isPresent()) {
      return latentStates(tape, x, layer, latent.get());
    }
    var attention = config.attention();
    var states = queriesKeysValues(tape, x, layer);
    if (attention.queryKeyNorm() == ModelConfig.QueryKeyNorm.NONE) {
      return states;
    }
    var layout =
        new AttentionLayout(attention.heads(), attention.keyValueHeads(), attention.headSize());
    return tape.normalizeHeads(
        states, layout, norm(Role.QUERY_NORM, layer), norm(Role.KEY_NORM, layer));
  }

  private Variable queriesKeysValues(Tape tape, Variable x, int layer) {
    return parameters.has(Role.QUERY_KEY_VALUE, layer)
        ? linear(tape, x, layer, Role.QUERY_KEY_VALUE)
        : linear(tape, x, layer, Role.QUERY, Role.KEY, Role.VALUE);
  }

  private Variable latentStates(Tape tape, Variable x, int layer, LatentHeads heads) {
    var queries = latentQueries(tape, x, layer, heads);
    var narrow = linear(tape, x, layer, Role.KEY_VALUE_DOWN);
    var latentRows = heads.latentOf(tape, narrow);
    var normalized = normalize(tape, latentRows, Role.KEY_VALUE_DOWN_NORM, layer);
    var expanded = linear(tape, normalized, layer, Role.KEY_VALUE_UP);
    return heads.states(tape, queries, expanded, narrow);
  }

  /// (rows, heads of nope | rope)
  private Variable latentQueries(Tape tape, Variable x, int layer, LatentHeads heads) {
    if (heads.latent().queryRank() == 0) {
      return linear(tape, x, layer, Role.QUERY);
    }
    var narrow = linear(tape, x, layer, Role.QUERY_DOWN);
    var normalized = normalize(tape, narrow, Role.QUERY_DOWN_NORM, layer);
    return linear(tape, normalized, layer, Role.QUERY_UP);
  }

  private List<AttentionShape> attentionShapes(TokenBlock tokens, int layer) {
    var attention = config.attention();
    var shapes = new ArrayList<AttentionShape>();
    for (var some : tokens.sequences()) {
      shapes.add(
          new AttentionShape(
              some.count(),
              some.time(),
              some.time(),
              0,
              attention.heads(),
              attention.keyValueHeads(),
              attention.stateSize(),
              attention.windows().get(layer),
              attention.scale(layer),
              attention.scores().softCap()));
    }
    return shapes;
  }

  private CachedLayer cachedLayer(CachedPass cached, int layer) {
    var attention = config.attention();
    var pages = cached.pages();
    var paged =
        new PagedLayer(
            pages.layout(),
            pages.offset(layer),
            attention.heads(),
            attention.windows().get(layer),
            attention.scale(layer),
            attention.scores().softCap(),
            sinks(layer).map(Variable::value));
    return new CachedLayer(paged, cached.sequences(layer));
  }

  private Variable feedForward(Tape tape, Variable x, int layer) {
    var skipping = sparse.flatMap(some -> some.network(layer));
    if (skipping.isPresent()) {
      return tape.sparse(x, skipping.get());
    }
    var network = networks.get(layer);
    return network.isPresent()
        ? experts(tape, x, layer, network.get())
        : dense(tape, linear(tape, x, layer, denseInputs(layer)), layer, Role.DOWN);
  }

  private Role[] denseInputs(int layer) {
    if (!config.feedForward().gated()) {
      return new Role[] {Role.UP};
    }
    return parameters.has(Role.GATE_UP, layer)
        ? new Role[] {Role.GATE_UP}
        : new Role[] {Role.GATE, Role.UP};
  }

  /// @param hidden (rows, gate | up) or (rows, up)
  private Variable dense(Tape tape, Variable hidden, int layer, Role down) {
    var feedForward = config.feedForward();
    var activated = tape.activate(hidden, feedForward.activation(), feedForward.gated());
    return linear(tape, at(tape, activated, Site.NEURONS, layer), layer, down);
  }

  private Variable experts(Tape tape, Variable x, int layer, ExpertNetwork network) {
    var scores =
        at(tape, linear(tape, x, layer, Role.ROUTER), Site.ROUTER, layer); // (rows, experts)
    var changed = parameters.changesExperts(layer) ? withChanges(tape, layer, network) : network;
    var routed = routed(tape, x, scores, changed, layer);
    if (config.feedForward().experts(layer).orElseThrow().sharedWidth() == 0) {
      return routed;
    }
    var hidden = linear(tape, x, layer, Role.SHARED_GATE, Role.SHARED_UP);
    return tape.add(dense(tape, hidden, layer, Role.SHARED_DOWN), routed);
  }

  private Variable routed(
      Tape tape, Variable x, Variable scores, ExpertNetwork network, int layer) {
    if (interventions.stream().noneMatch(one -> one.reaches(Site.EXPERTS))) {
      return tape.experts(x, scores, network);
    }
    var ones = tape.ones(scores, scores.value().shape().size(1));
    var factors = at(tape, ones, Site.EXPERTS, layer);
    return factors == ones
        ? tape.experts(x, scores, network)
        : tape.experts(x, scores, network, factors);
  }

  /// The experts with what adapters add to them in this pass.
  private ExpertNetwork withChanges(Tape tape, int layer, ExpertNetwork network) {
    var inputs = new ArrayList<ExpertMatrices>();
    boolean fused = network.inputs().size() == 1;
    for (int i = 0; i < network.inputs().size(); i++) {
      var role = fused ? Role.EXPERT_GATE_UP : i == 0 ? Role.EXPERT_GATE : Role.EXPERT_UP;
      inputs.add(withChanges(tape, role, layer, network.inputs().get(i)));
    }
    return new ExpertNetwork(
        layer,
        network.routing(),
        network.correction(),
        inputs,
        withChanges(tape, Role.EXPERT_DOWN, layer, network.down()),
        network.gate());
  }

  private ExpertMatrices withChanges(Tape tape, Role role, int layer, ExpertMatrices matrices) {
    return matrices.with(parameters.expertChanges(tape, role, layer, matrices.outputs()));
  }

  private ExpertNetwork network(int layer, Experts experts) {
    boolean interleaved = experts.layout() == Experts.Layout.INTERLEAVED;
    var inputs =
        interleaved
            ? List.of(matrices(Role.EXPERT_GATE_UP, layer, experts))
            : List.of(
                matrices(Role.EXPERT_GATE, layer, experts),
                matrices(Role.EXPERT_UP, layer, experts));
    return new ExpertNetwork(
        layer,
        experts.routing(),
        experts.corrected()
            ? Optional.of(parameters.weight(Role.ROUTER_CORRECTION, layer))
            : Optional.empty(),
        inputs,
        matrices(Role.EXPERT_DOWN, layer, experts),
        new ExpertNetwork.Gate(
            config.feedForward().activation(), experts.clampedGate(), interleaved));
  }

  private ExpertMatrices matrices(Role role, int layer, Experts experts) {
    return new ExpertMatrices(
        experts.count(),
        parameters.experts(role, layer, false),
        parameters.experts(role, layer, true),
        experts.layout() == Experts.Layout.INTERLEAVED);
  }

  /// The results of projections side by side, with the adapters beside them.
  private Variable linear(Tape tape, Variable x, int layer, Role... roles) {
    var projections = new ArrayList<AdaptedProjection>();
    for (var role : roles) {
      projections.add(
          new AdaptedProjection(projection(role, layer), parameters.beside(role, layer)));
    }
    return AdaptedProjection.linear(tape, x, projections);
  }

  private Projection projection(Role role, int layer) {
    return new Projection(
        parameters.weight(role, layer), parameters.bias(role, layer), parameters.inputMajor());
  }

  /// The norm of this role in a layer.
  public NormParameters norm(Role role, int layer) {
    return new NormParameters(
        config.norm().kind(),
        parameters.weight(role, layer),
        parameters.bias(role, layer),
        epsilon(role),
        config.norm().weightOffset());
  }

  /// The epsilon for norms of latents, which is fixed in transformers.
  private float epsilon(Role role) {
    return switch (role) {
      case QUERY_DOWN_NORM, KEY_VALUE_DOWN_NORM -> LATENT_EPSILON;
      default -> config.norm().epsilon();
    };
  }

  private Variable normalize(Tape tape, Variable x, Role role, int layer) {
    return tape.normalize(x, norm(role, layer));
  }
}
