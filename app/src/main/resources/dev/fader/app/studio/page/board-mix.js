// A mix as its file has it, and what all of its faders make together. Nothing here changes what it
// is given.

export const NEUTRAL = { format: 'fader-mix', version: 1, faders: [], steering: [], cells: [] };

const sameTargets = (fader, targets) => fader.targets.join(' ') === targets.join(' ');

/** The fader that turns just this; one at rest if there is none. */
export function faderOf(mix, targets) {
  return mix.faders.find((fader) => sameTargets(fader, targets)) ?? { targets, gain: 1 };
}

const isAtRest = (fader) =>
  (fader.gain ?? 1) === 1 && !fader.curve && !fader.mute && !fader.solo && !fader.name;

/** With other settings of the fader that turns just this; one that is at rest is left out. */
export function withFader(mix, targets, changes) {
  const { gain, curve, mute, solo, name } = { ...faderOf(mix, targets), ...changes };
  const fader = {
    ...(name && { name }),
    targets,
    ...(curve ? { curve } : { gain: gain ?? 1 }),
    ...(mute && { mute }),
    ...(solo && { solo }),
  };
  const at = mix.faders.findIndex((other) => sameTargets(other, targets));
  const faders = isAtRest(fader)
    ? mix.faders.filter((_, i) => i !== at)
    : at < 0
      ? [...mix.faders, fader]
      : mix.faders.with(at, fader);
  return { ...mix, faders };
}

export const withoutFader = (mix, at) => ({ ...mix, faders: mix.faders.toSpliced(at, 1) });

const isCell = (cell, { tensor, row, column }) =>
  cell.tensor === tensor && cell.row === row && cell.column === column;

export const cellOf = (mix, place) => mix.cells.find((cell) => isCell(cell, place));

export const withoutCell = (mix, place) => ({
  ...mix,
  cells: mix.cells.filter((cell) => !isCell(cell, place)),
});

/** With a number in the place of a cell's. */
export const withCell = (mix, { tensor, row, column, value }) => ({
  ...mix,
  cells: [...withoutCell(mix, { tensor, row, column }).cells, { tensor, row, column, value }],
});

export const withStrength = (mix, at, strength) => ({
  ...mix,
  steering: mix.steering.with(at, { ...mix.steering[at], strength }),
});

export const withoutSteering = (mix, at) => ({ ...mix, steering: mix.steering.toSpliced(at, 1) });

export const isNeutral = (mix) => mix.faders.length + mix.steering.length + mix.cells.length === 0;

/** How many things are turned, in words. */
export function summaryOf(faders, steerings, cells) {
  const parts = [
    [faders, 'fader'],
    [steerings, 'steering vector'],
    [cells, 'weight'],
  ].filter(([count]) => count > 0);
  return parts.length === 0
    ? 'nothing is turned'
    : parts.map(([count, what]) => `${count} ${what}${count === 1 ? '' : 's'}`).join(', ');
}

export const mixSummary = ({ faders, steering, cells }) =>
  summaryOf(faders.length, steering.length, cells.length);

/**
 * The mix in a text of JSON, with the lists that it leaves out.
 *
 * @throws Error if it is no mix
 */
export function readMix(text) {
  let mix;
  try {
    mix = JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${error.message}`);
  }
  if (mix?.format !== NEUTRAL.format) {
    throw new Error('This is no mix: a mix file has "format": "fader-mix". fader mix makes one.');
  }
  if (mix.version !== NEUTRAL.version) {
    throw new Error(
      `This mix is of version ${mix.version}, and this page reads version ${NEUTRAL.version}.`,
    );
  }
  const wrong = ['faders', 'steering', 'cells'].find((list) => !Array.isArray(mix[list] ?? []));
  if (wrong) {
    throw new Error(`"${wrong}" of this mix is no list.`);
  }
  const nameless = (mix.faders ?? []).findIndex(
    (fader) =>
      !Array.isArray(fader?.targets) || fader.targets.some((target) => typeof target !== 'string'),
  );
  if (nameless >= 0) {
    throw new Error(
      `faders[${nameless}] has no targets: a list of texts such as "layers.3.heads.5".`,
    );
  }
  return { ...NEUTRAL, ...mix };
}

/* ---- curves ---- */

/** Decibels of a curve in a layer: straight between its points, level before and after them. */
function curveAt(curve, layer) {
  const points = Object.entries(curve)
    .map(([at, decibels]) => [Number(at), decibels])
    .sort(([a], [b]) => a - b);
  const after = points.findIndex(([at]) => layer <= at);
  if (after <= 0) {
    return points.at(after)[1];
  }
  const [[from, low], [to, high]] = [points[after - 1], points[after]];
  return low + ((layer - from) / (to - from)) * (high - low);
}

/** A curve through decibels of all layers, without the points that lie on a line of others. */
export function curveThrough(decibels) {
  const last = decibels.length - 1;
  const bends = decibels.map((here, layer) => {
    const [before, after] = [decibels[layer - 1], decibels[layer + 1]];
    return layer === 0 || layer === last || Math.abs(after - here - (here - before)) > 1e-9;
  });
  return Object.fromEntries(
    decibels.map((here, layer) => [layer, here]).filter((_, layer) => bends[layer]),
  );
}

/** The gain of a fader in a layer, muted or not. */
export function levelOf(fader, layer) {
  return fader.curve ? 10 ** (curveAt(fader.curve, layer) / 20) : (fader.gain ?? 1);
}

/* ---- what all faders make together ---- */

const PARTS = ['heads', 'experts'];

function selected(text, count) {
  if (text === '*') {
    return [...Array(count).keys()];
  }
  const numbers = text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    const length = Math.min(last, count - 1) - first + 1;
    return length > 0 ? Array.from({ length }, (_, i) => first + i) : [];
  });
  return [...new Set(numbers)];
}

const TARGET = /^layers\.([\d,*-]+)(?:\.(attention|feed-forward)|\.(heads|experts)\.([\d,*-]+))?$/;

/**
 * What each branch, head and expert of each layer is multiplied with, all faders together and with
 * what solos silence, by the text of its target (`layers.3.heads.5`).
 */
export function factorsOf(mix, board) {
  const factors = new Map();
  const soloed = new Set();
  const kinds = new Map(); // of each target, what else is silent when one of them is soloed
  const layers = [...Array(board.layers).keys()];
  const put = (target, kind) => {
    factors.set(target, 1);
    kinds.set(target, kind);
  };
  for (const layer of layers) {
    put(`layers.${layer}.attention`, 'branches');
    put(`layers.${layer}.feed-forward`, 'branches');
    PARTS.forEach((part) =>
      selected('*', countOf(board, part, layer)).forEach((number) =>
        put(`layers.${layer}.${part}.${number}`, `${part} of ${layer}`),
      ),
    );
  }
  for (const fader of mix.faders) {
    for (const [target, layer] of fader.targets.flatMap((text) => partsOf(text, board))) {
      factors.set(target, factors.get(target) * (fader.mute ? 0 : levelOf(fader, layer)));
      if (fader.solo) {
        soloed.add(target);
      }
    }
  }
  const silencing = new Set([...soloed].map((target) => kinds.get(target)));
  kinds.forEach((kind, target) => {
    if (silencing.has(kind) && !soloed.has(target)) {
      factors.set(target, 0);
    }
  });
  return factors;
}

const countOf = (board, part, layer) =>
  part === 'heads' ? board.heads : (board.experts[layer] ?? 0);

/** The single branches, heads or experts that a target turns, each with its layer. */
function partsOf(text, board) {
  const [, layers, branch, part, numbers] = TARGET.exec(text) ?? [];
  if (!layers) {
    return [];
  }
  return selected(layers, board.layers).flatMap((layer) =>
    part
      ? selected(numbers, countOf(board, part, layer)).map((number) => [
          `layers.${layer}.${part}.${number}`,
          layer,
        ])
      : ['attention', 'feed-forward']
          .filter((one) => !branch || one === branch)
          .map((one) => [`layers.${layer}.${one}`, layer]),
  );
}

/* ---- the same in the terminal ---- */

const quoted = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The options of `fader mix` that make this mix; vectors have none, and travel in the file. */
export function mixOptions(mix) {
  const options = [];
  const add = (option, value) => options.push(`${option} ${quoted(value)}`);
  for (const fader of mix.faders) {
    const targets = fader.targets.join(' ');
    if (fader.curve) {
      const points = Object.entries(fader.curve).map(([layer, decibels]) => `${layer}:${decibels}`);
      add('--curve', `${targets}=${points.join(',')}`);
    } else if ((fader.gain ?? 1) !== 1) {
      add('--gain', `${targets}=${fader.gain}`);
    }
    if (fader.mute) {
      add('--mute', targets);
    }
    if (fader.solo) {
      add('--solo', targets);
    }
  }
  mix.cells.forEach(({ tensor, row, column, value }) =>
    add('--cell', `${tensor}[${row}][${column}]=${value}`),
  );
  return options;
}

/** A line for the terminal. */
export const commandLine = (words) => words.map(quoted).join(' ');
