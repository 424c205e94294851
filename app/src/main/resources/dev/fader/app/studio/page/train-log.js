// The log of a run as columns that grow, smoothed as it comes and thinned for the screen.

const number = (value) => (value === null || value === undefined ? NaN : Number(value));

/** Names of the columns, and of what they are in the log. */
const COLUMNS = { loss: 'loss', gradient: 'grad_norm', rate: 'lr', validation: 'val_loss' };

const AXES = ['step', 'tokens', 'seconds'];

/**
 * An exponential moving average without its bias towards zero at the beginning, of every point that
 * there is: thinning comes later, so that what is seen does not depend on the zoom. What is not a
 * number is left out.
 */
export class Smoothing {
  constructor(weight) {
    this.weight = weight;
    this.values = [];
    this.sum = 0;
    this.share = 0;
  }

  extend(raw) {
    for (let at = this.values.length; at < raw.length; at++) {
      if (!Number.isFinite(raw[at])) {
        this.values.push(NaN);
        continue;
      }
      this.sum = this.weight * this.sum + (1 - this.weight) * raw[at];
      this.share = this.weight * this.share + (1 - this.weight);
      this.values.push(this.sum / this.share);
    }
    return this.values;
  }
}

export class RunLog {
  constructor() {
    this.clear();
  }

  clear() {
    this.axes = Object.fromEntries(AXES.map((axis) => [axis, []]));
    this.columns = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, []]));
    this.updates = []; // { step, ratios }
    this.samples = []; // { step, text }
    this.verdict = null;
    this.horizon = null;
    this.smoothings = {};
  }

  append(points) {
    for (const point of points) {
      AXES.forEach((axis) => this.axes[axis].push(number(point[axis])));
      for (const [name, field] of Object.entries(COLUMNS)) {
        this.columns[name].push(number(point[field]));
      }
      const step = number(point.step);
      if (Array.isArray(point.update_ratios)) {
        this.updates.push({ step, ratios: point.update_ratios.map(number) });
      }
      if (typeof point.sample === 'string') {
        this.samples.push({ step, text: point.sample });
      }
      this.verdict = point.verdict ?? this.verdict;
      this.horizon = point.horizon ?? this.horizon;
    }
  }

  get length() {
    return this.axes.step.length;
  }

  smoothed(name, weight) {
    if (this.smoothings[name]?.weight !== weight) {
      this.smoothings[name] = new Smoothing(weight);
    }
    return this.smoothings[name].extend(this.columns[name]);
  }

  /** The last value of a column that was told. */
  last(name) {
    return this.columns[name].findLast((value) => !Number.isNaN(value));
  }
}

/** The least and the largest place of all runs on an axis; on a logarithmic one, above zero. */
export function extentOf(logs, axis, logarithmic) {
  let from = Infinity;
  let to = -Infinity;
  for (const log of logs) {
    for (const place of log.axes[axis]) {
      if (Number.isFinite(place) && (!logarithmic || place > 0)) {
        from = Math.min(from, place);
        to = Math.max(to, place);
      }
    }
  }
  return from <= to ? [from, to] : null;
}

/**
 * Places along an axis, no more than `most`, where points are gathered: whole numbers on the axis
 * of steps, so that with fewer points each keeps its own.
 */
export function placesOf([from, to], { most, logarithmic, whole }) {
  const places = [];
  for (let at = 0; at < most; at++) {
    const share = at / most;
    const exact = logarithmic ? from * (to / from) ** share : from + share * (to - from);
    const place = whole ? Math.floor(exact) : exact;
    if (places.length === 0 || place > places.at(-1)) {
      places.push(place);
    }
  }
  if (to > places.at(-1)) {
    places.push(to);
  }
  return places;
}

function placeAt(places, value, hint) {
  let at = hint;
  while (at + 1 < places.length && places[at + 1] <= value) {
    at++;
  }
  return at;
}

/**
 * A column gathered at places: the least, the largest and the last value at each, and the last
 * smoothed one; null where there is none.
 */
export function gathered({ axis, raw, smoothed = raw }, places, logarithmic) {
  const least = new Array(places.length).fill(null);
  const largest = new Array(places.length).fill(null);
  const line = new Array(places.length).fill(null);
  let at = 0;
  raw.forEach((value, index) => {
    const place = axis[index];
    const shown = Number.isFinite(value) && (!logarithmic || value > 0);
    if (!shown || !(place >= places[0]) || place > places.at(-1)) {
      return;
    }
    at = placeAt(places, place, place >= places[at] ? at : 0);
    least[at] = least[at] === null ? value : Math.min(least[at], value);
    largest[at] = largest[at] === null ? value : Math.max(largest[at], value);
    line[at] = smoothed[index];
  });
  return { least, largest, line };
}
