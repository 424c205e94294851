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

/** Hears runs until `signal` aborts; a connection that breaks goes on where it was. */
async function follow(runs, { signal, changed }) {
  while (!signal.aborted) {
    try {
      const asked = [...runs.values()].map(({ id, cursor }) => ({ id, cursor }));
      await stream(
        '/studio/api/runs/events',
        { runs: asked },
        {
          signal,
          onEvent: (event) => {
            const run = runs.get(event.id);
            if (run) {
              hear(run, event);
              changed();
            }
          },
        },
      );
    } catch (error) {
      if (isAbort(error) || signal.aborted) {
        return;
      }
      runs.forEach((run) => {
        run.error = error;
      });
      changed();
    }
    await wait(RETRY_MILLIS, signal);
  }
}

function hear(run, { cursor, anew, points, state, verdict, problem }) {
  run.error = problem ? new Error(problem) : null;
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
    runs.current = new Map(
      ids.map((id) => [id, runs.current.get(id) ?? { id, log: new RunLog(), cursor: '' }]),
    );
    redraw();
    if (ids.length === 0) {
      return undefined;
    }
    const controller = new AbortController();
    follow(runs.current, { signal: controller.signal, changed });
    return () => controller.abort();
  }, [key]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return { followed: ids.map((id) => runs.current.get(id)).filter(Boolean), revision };
}
