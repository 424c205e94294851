// Questions to the server, one at a time, and what is shown until there is an answer.
import { html, useCallback, useEffect, useMemo, useState } from './htm.js';
import { get, isAbort, post } from './api.js';
import { Busy, ErrorNote, useAbortable } from './parts.js';

/**
 * `run(work)` does `work(signal)`, and `{ busy, answer, error }` tell how far it is. A new work
 * takes the place of one that is still going on; the last answer stays until the next is there.
 */
export function useWork() {
  const { start, stop } = useAbortable();
  const [state, setState] = useState({ busy: false });
  const run = useCallback(
    (work) =>
      start(async (signal) => {
        setState(({ answer }) => ({ busy: true, answer }));
        try {
          const answer = await work(signal);
          signal.throwIfAborted();
          setState({ busy: false, answer });
          return answer;
        } catch (error) {
          if (signal.aborted || isAbort(error)) {
            throw error;
          }
          setState({ busy: false, error });
          return undefined;
        }
      }),
    [],
  );
  const cancel = useCallback(() => {
    stop();
    setState(({ answer }) => ({ busy: false, answer }));
  }, []);
  return useMemo(() => ({ ...state, run, cancel }), [state]);
}

/** Asks at once, and again when `path` or `body` changes; a body of null asks nothing. */
export function useAnswer(path, body) {
  const { run, ...state } = useWork();
  const text = JSON.stringify(body);
  const again = useCallback(() => {
    if (body !== null) {
      run((signal) => (body === undefined ? get(path, { signal }) : post(path, body, { signal })));
    }
  }, [path, text]);
  useEffect(again, [again]);
  return { ...state, again };
}

/** `shape`, what a model is made of, null while that is not known; `error` if it cannot be. */
export function useShape(model) {
  const { answer, error, run } = useWork();
  const again = useCallback(() => {
    if (model) {
      run(async (signal) => ({
        model,
        shape: await post('/studio/api/board', { model }, { signal }),
      }));
    }
  }, [model]);
  useEffect(again, [again]);
  return { shape: answer && answer.model === model ? answer.shape : null, error, again };
}

/** The answer as `children(answer)` shows it, or why there is none yet. */
export function Answer({ of: { busy, answer, error, again }, words = 'Computing', children }) {
  if (error) {
    return html`<${ErrorNote} error=${error} retry=${again} />`;
  }
  if (answer === undefined) {
    return busy ? html`<${Busy}>${words}<//>` : null;
  }
  return html`
    <div class=${busy ? 'stack stale' : 'stack'} aria-busy=${String(busy)}>${children(answer)}</div>
  `;
}
