// Follows the logs of runs: only what is new is sent, and it is only ever added.
import { useEffect, useReducer, useRef } from './htm.js';
import { isAbort, stream } from './api.js';
import { RunLog } from './train-log.js';

const REDRAW_MILLIS = 250;
const RETRY_MILLIS = 2000;

const wait = (millis, signal) =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal.addEventListener('abort', end);
  });

/** Hears a run until `signal` aborts; a connection that breaks goes on where it was. */
async function follow(run, { signal, changed }) {
  while (!signal.aborted) {
    try {
      await stream(
        '/studio/api/runs/events',
        { id: run.id, cursor: run.cursor },
        {
          signal,
          onEvent: (event) => {
            hear(run, event);
            changed();
          },
        },
      );
    } catch (error) {
      if (isAbort(error) || signal.aborted) {
        return;
      }
      run.error = error;
      changed();
    }
    await wait(RETRY_MILLIS, signal);
  }
}

function hear(run, { cursor, anew, points, state, verdict }) {
  run.error = null;
  if (anew) {
    run.log.clear();
  }
  if (points) {
    run.log.append(points);
    run.cursor = cursor;
  }
  run.state = state ?? run.state;
  run.verdict = verdict ?? run.verdict;
}

/**
 * The followed runs, `{ id, log, state, verdict, error }` each in the order of `ids`, and a
 * `revision` that grows with them, a few times a second at most.
 */
export function useFollowed(ids) {
  const [revision, redraw] = useReducer((count) => count + 1, 0);
  const runs = useRef(new Map());
  const timer = useRef(0);
  const key = ids.join('\n');

  useEffect(() => {
    const changed = () => {
      timer.current ||= setTimeout(() => {
        timer.current = 0;
        redraw();
      }, REDRAW_MILLIS);
    };
    for (const [id, run] of runs.current) {
      if (!ids.includes(id)) {
        run.controller.abort();
        runs.current.delete(id);
      }
    }
    for (const id of ids) {
      if (!runs.current.has(id)) {
        const run = { id, log: new RunLog(), cursor: '', controller: new AbortController() };
        runs.current.set(id, run);
        follow(run, { signal: run.controller.signal, changed });
      }
    }
    redraw();
  }, [key]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      runs.current.forEach(({ controller }) => controller.abort());
    },
    [],
  );
  return { followed: ids.map((id) => runs.current.get(id)).filter(Boolean), revision };
}
