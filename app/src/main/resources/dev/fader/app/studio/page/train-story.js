// What went wrong in a run, told from its log: why did my loss explode?
import { formatNumber } from './parts.js';
import { Smoothing } from './train-log.js';

const MEMORY = 0.95; // of averages
const FEWEST = 10;
const TIMES = 5; // above the average is a spike
const MOST_TOLD = 4;
const RISEN = 1.1; // times its lowest, and it is news
const BEFORE = 100; // steps before it was lowest in which a cause may lie
const USUAL = 1e-3; // of its weights by which a layer moves in a step
const WILD = 30 * USUAL;

/** Where a gradient was much longer than those before it on average, the longest first. */
export function gradientSpikes({ axes: { step }, columns: { gradient, rate } }) {
  const spikes = [];
  let sum = 0;
  let share = 0;
  gradient.forEach((norm, at) => {
    if (!Number.isFinite(norm)) {
      return;
    }
    const usual = sum / share;
    if (at >= FEWEST && norm > TIMES * usual) {
      spikes.push({ at, step: step[at], norm, times: norm / usual, rate: rate[at] });
    }
    sum = MEMORY * sum + (1 - MEMORY) * norm;
    share = MEMORY * share + (1 - MEMORY);
  });
  return spikes.sort((a, b) => b.times - a.times);
}

function lowest(values) {
  let best = -1;
  values.forEach((value, at) => {
    if (Number.isFinite(value) && (best < 0 || value < values[best])) {
      best = at;
    }
  });
  return best;
}

function highest(values, from) {
  let best = from;
  values.forEach((value, at) => {
    if (at > from && Number.isFinite(value) && value > values[best]) {
      best = at;
    }
  });
  return best;
}

/** The first step of which it was told that a layer moved much too far. */
function wildUpdate({ axes, columns, updates }) {
  const wild = updates
    .map(({ step, ratios }) => ({ step, moved: Math.max(...ratios.filter(Number.isFinite)) }))
    .find(({ moved }) => moved > WILD);
  return wild && { ...wild, rate: columns.rate[axes.step.indexOf(wild.step)] };
}

const wildWords = ({ step, moved, rate }) =>
  `At step ${formatNumber(step)} a layer moved by ${formatNumber(moved, 2)} times the size of its ` +
  `weights at once, at a learning rate of ${formatNumber(rate, 2)}; about ${USUAL} is usual.`;

/** By how much the learning rate seems too high: tens, or 2 where nothing tells more. */
const excess = (wild) =>
  wild ? 10 ** Math.min(3, Math.max(1, Math.round(Math.log10(wild.moved / USUAL)))) : 2;

/** The update sizes that were told last up to a step. */
const updatesAt = ({ updates }, step) => updates.findLast((one) => one.step <= step);

/** How the loss ended if it did not stay down: `best` is where it was lowest, on average. */
function endWords(log, smooth, best) {
  const { step } = log.axes;
  const { loss, rate } = log.columns;
  const broken = loss.findIndex(
    (value, at) => at > best && Number.isNaN(value) && !Number.isNaN(rate[at]),
  );
  if (broken >= 0) {
    return [`At step ${formatNumber(step[broken])} the loss stopped being a number.`];
  }
  const end = loss.findLastIndex(Number.isFinite);
  if (!(smooth[end] > RISEN * smooth[best])) {
    return [];
  }
  const peak = highest(loss, best);
  return [
    `The loss was lowest, ${formatNumber(smooth[best])} on average, at step ` +
      `${formatNumber(step[best])}, rose as far as ${formatNumber(loss[peak])} at step ` +
      `${formatNumber(step[peak])}, and was ${formatNumber(loss[end])} at step ` +
      `${formatNumber(step[end])}, the last.`,
  ];
}

function spikeWords(log, { step, norm, times, rate }) {
  const updates = updatesAt(log, step);
  const moved = updates && Math.max(...updates.ratios);
  return (
    `At step ${formatNumber(step)} the gradient was ${formatNumber(norm, 3)} long, ` +
    `${formatNumber(times, 2)} times what was usual before, at a learning rate of ` +
    formatNumber(rate, 2) +
    (moved > 0
      ? `; the layer that moved most changed by ${formatNumber(moved, 2)} of its weights.`
      : '.')
  );
}

/**
 * `broken` says whether the loss did not stay down, `sentences` what led there, and `times` by what
 * to divide the learning rate.
 */
export function storyOf(log) {
  const smooth = new Smoothing(MEMORY).extend(log.columns.loss);
  const best = lowest(smooth);
  if (best < 0) {
    return { broken: false, sentences: [], times: 1 };
  }
  const end = endWords(log, smooth, best);
  const broken = end.length > 0;
  const spikes = gradientSpikes(log)
    .filter(({ at }) => !broken || at > best - BEFORE)
    .slice(0, MOST_TOLD)
    .sort((a, b) => a.at - b.at)
    .map((spike) => spikeWords(log, spike));
  const wild = broken ? wildUpdate(log) : undefined;
  const sentences = [...(wild ? [wildWords(wild)] : []), ...spikes, ...end];
  return { broken, sentences, times: excess(wild) };
}
