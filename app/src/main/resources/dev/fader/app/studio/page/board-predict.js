// The next token: computed for the newest mix, one request at a time, and guessed at once from
// slopes while that is on its way.
import { useEffect, useMemo, useRef, useState } from './htm.js';
import { isAbort, post } from './api.js';
import { factorsOf, faderOf, withFader } from './board-mix.js';

const TOP = 10;
const MOST_SLOPES = 8;
const FEWEST_SLOPES = 2;
const LIKELY = 0.02;
const LONG_PROMPT = 100;
const SLOPES_OF_LONG = 4;
const IDLE_MILLIS = 250;

/** A prompt as requests have it. */
export const promptBody = ({ text, tokens }) =>
  tokens ? { tokens: tokens.map(({ id }) => id) } : { text };

/**
 * Works for the newest of what it is given, one at a time: while it works, only the last of those
 * that come is kept. What is answered for another `subject` is worth nothing and is aborted.
 *
 * @returns `{ answer, input, error, busy }`, where `input` is what the answer is for
 */
function useNewest(input, subject, work) {
  const [state, setState] = useState({ busy: false });
  const wanted = useRef(null);
  const running = useRef(null);

  async function run() {
    while (wanted.current) {
      const { input: taken, subject: about } = wanted.current;
      wanted.current = null;
      const controller = new AbortController();
      running.current = { controller, subject: about };
      setState((state) => ({ ...state, busy: true }));
      try {
        const answer = await work(taken, controller.signal);
        setState({ answer, input: taken, subject: about, busy: false });
      } catch (error) {
        if (!isAbort(error)) {
          setState(({ answer, input, subject: before }) => ({
            ...(before === about && { answer, input }),
            error,
            subject: about,
            busy: false,
          }));
        }
      }
      running.current = null;
    }
  }

  useEffect(() => {
    if (!input) {
      return;
    }
    wanted.current = { input, subject };
    if (!running.current) {
      run();
    } else if (running.current.subject !== subject) {
      running.current.controller.abort();
    }
  }, [input, subject]);
  useEffect(
    () => () => {
      wanted.current = null;
      running.current?.controller.abort();
    },
    [],
  );
  return state.subject === subject ? state : { busy: state.busy };
}

/** What the next token will be, without the mix and with it. */
export function usePrediction({ model, prompt, mix }) {
  const subject = useMemo(() => ({ model, ...promptBody(prompt) }), [model, prompt]);
  const input = useMemo(() => ({ ...subject, mix, top: TOP }), [subject, mix]);
  return useNewest(input, subject, (body, signal) =>
    post('/studio/api/board/predict', body, { signal }),
  );
}

/**
 * Of how many tokens slopes are worth their time: each takes a way there and back through the
 * model, and what is hardly likely moves with the rest.
 */
function slopesWorth({ next, tokens }) {
  const likely = next.filter(({ after }) => after >= LIKELY).length;
  const most = tokens.length > LONG_PROMPT ? SLOPES_OF_LONG : MOST_SLOPES;
  return Math.min(most, Math.max(FEWEST_SLOPES, likely));
}

/**
 * How the likeliest tokens move with each fader at the mix of the last `prediction`, asked for when
 * nothing has moved for a moment.
 */
export function useSlopes({ model, prompt, board, prediction: { answer: next, input: predicted } }) {
  const settledMix = predicted?.mix;
  const [resting, setResting] = useState(null);
  const subject = useMemo(() => ({ model, ...promptBody(prompt) }), [model, prompt]);
  useEffect(() => {
    if (!settledMix || !board) {
      return undefined;
    }
    const timer = setTimeout(
      () => setResting({ ...subject, mix: settledMix, top: slopesWorth(next) }),
      IDLE_MILLIS,
    );
    return () => clearTimeout(timer);
  }, [subject, settledMix, board]);
  const { answer, input, error, busy } = useNewest(resting, subject, (body, signal) =>
    post('/studio/api/board/slopes', body, { signal }),
  );
  return useMemo(
    () => ({ error, busy, ...(answer && slopesOf(answer, input.mix, board)) }),
    [answer, input, error, busy, board],
  );
}

/**
 * What a factor would be with the gain of its own fader at 1: the slope of that gain is the slope
 * of the factor times this.
 */
function othersOf(target, mix, factors, board) {
  const { gain = 1, mute } = faderOf(mix, [target]);
  return mute || gain === 0
    ? factorsOf(withFader(mix, [target], { gain: 1, mute: false }), board).get(target)
    : factors.get(target) / gain;
}

const isWholeLayer = (target) => target.split('.').length === 2;

/** How bright the lamps are: whole layers by the strongest of them, parts by the strongest part. */
function lightsOf(strengths) {
  const strongestOf = (whole) =>
    strengths
      .filter(([target]) => isWholeLayer(target) === whole)
      .reduce((strongest, [, strength]) => Math.max(strongest, strength), Number.MIN_VALUE);
  const [layers, parts] = [strongestOf(true), strongestOf(false)];
  return new Map(
    strengths.map(([target, strength]) => [
      target,
      Math.sqrt(strength / (isWholeLayer(target) ? layers : parts)),
    ]),
  );
}

function slopesOf({ tokens, dials }, mix, board) {
  const factors = factorsOf(mix, board);
  const slopes = new Map(
    dials
      .filter(({ target }) => factors.has(target))
      .map(({ target, slopes }) => {
        const others = othersOf(target, mix, factors, board);
        return [target, slopes.map((slope) => (others === 0 ? 0 : slope / others))];
      }),
  );
  const strengths = dials.map(({ target, slopes }) => [
    target,
    slopes.reduce((sum, slope, i) => sum + tokens[i].probability * Math.abs(slope), 0),
  ]);
  return {
    tokens,
    slopes,
    factors,
    lights: lightsOf(strengths),
    strengths: new Map(strengths),
  };
}

/**
 * Where the likeliest tokens go when factors move, to first order, by their ids: with what is left
 * of the mass moving so that nothing is won or lost. `slopes` are those of factors.
 */
export function ghostsOf({ tokens, slopes, factors }, moved) {
  const changes = tokens.map(() => 0);
  moved.forEach((factor, target) => {
    const step = factor - factors.get(target);
    const dial = step !== 0 && slopes.get(target);
    if (dial) {
      dial.forEach((slope, i) => {
        changes[i] += slope * step;
      });
    }
  });
  const known = tokens.reduce((sum, { probability }) => sum + probability, 0);
  const rest = Math.max(1e-9, 1 - known);
  const drift = tokens.reduce((sum, { probability }, i) => sum + probability * changes[i], 0);
  const logits = tokens.map(({ probability }, i) => Math.log(probability) + changes[i]);
  const others = Math.log(rest) - drift / rest;
  const highest = Math.max(others, ...logits);
  const total = logits.reduce(
    (sum, logit) => sum + Math.exp(logit - highest),
    Math.exp(others - highest),
  );
  return new Map(tokens.map(({ id }, i) => [id, Math.exp(logits[i] - highest) / total]));
}
