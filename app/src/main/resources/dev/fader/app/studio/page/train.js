// Train: runs as they learn, side by side.
import { html, useEffect, useMemo, useState } from './htm.js';
import { get, isAbort } from './api.js';
import { Check, TextField } from './fields.js';
import { Busy, Empty, ErrorNote, formatNumber, Piece, Select, useHashQuery } from './parts.js';
import { colorOfRun, Curves, MOST_RUNS } from './train-curves.js';
import { useFollowed } from './train-follow.js';
import { StartForm } from './train-form.js';
import { RunReport } from './train-run.js';
import { Sweeps } from './train-sweeps.js';
import { Updates } from './train-updates.js';
import { useDark } from './theme.js';

const LIST_MILLIS = 3000;
const SELECTED_FIRST = 3;

/** The list of runs, looked at again and again: a run that a terminal starts shows up. */
function useRuns() {
  const [state, setState] = useState({ runs: null, error: null });
  useEffect(() => {
    const controller = new AbortController();
    let timer = 0;
    const look = async () => {
      try {
        const { runs } = await get('/studio/api/runs', { signal: controller.signal });
        setState({ runs, error: null });
      } catch (error) {
        if (isAbort(error)) {
          return;
        }
        setState(({ runs }) => ({ runs, error }));
      }
      timer = setTimeout(look, LIST_MILLIS);
    };
    look();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, []);
  return state;
}

/** Those that go on, or else the newest: opening the page with fifty runs draws a few. */
function firstSelected(runs) {
  const running = runs.filter(({ state }) => state === 'running').slice(0, SELECTED_FIRST);
  const newest = runs.reduce(
    (best, run) => (best && best.modified >= run.modified ? best : run),
    null,
  );
  return running.length > 0 ? running.map(({ id }) => id) : newest ? [newest.id] : [];
}

function readIds(text) {
  try {
    const ids = JSON.parse(text);
    return Array.isArray(ids) ? ids.map(String).slice(0, MOST_RUNS) : null;
  } catch {
    return null; // an address of someone else's making
  }
}

const BAD_STATES = ['diverged', 'interrupted', 'failed'];

function RunRow({ run, selected, full, color, onToggle }) {
  return html`
    <tr>
      <td>
        <label class="check">
          <input
            type="checkbox"
            checked=${selected}
            disabled=${full && !selected}
            onChange=${() => onToggle(run.id)}
          />
          ${selected && html`<i class="swatch" style=${{ background: color }} />`}
          <${Piece} text=${run.name} length=${40} />
        </label>
      </td>
      <td class=${BAD_STATES.includes(run.state) ? 'bad' : undefined}>${run.state}</td>
      <td class="number">
        ${formatNumber(run.steps)}${run.horizon > 0 && ` of ${formatNumber(run.horizon)}`}
      </td>
      <td class="number">${run.loss === undefined ? '–' : formatNumber(Number(run.loss))}</td>
      <td class="number">
        ${run.val_loss === undefined ? '–' : formatNumber(Number(run.val_loss))}
      </td>
    </tr>
  `;
}

function RunList({ runs, ids, onIds }) {
  const [wanted, setWanted] = useState('');
  const dark = useDark();
  const full = ids.length >= MOST_RUNS;
  const sought = wanted.trim().toLowerCase();
  const found = runs.filter(({ id }) => ids.includes(id) || id.toLowerCase().includes(sought));
  const toggle = (id) => onIds(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]);
  return html`
    <section class="panel stack">
      <div class="row">
        <h2>Runs</h2>
        <span class="push">
          <${TextField}
            label="Find a run"
            hideLabel
            type="search"
            placeholder="Find a run"
            value=${wanted}
            onChange=${setWanted}
          />
        </span>
      </div>
      <div class="scroll runs" tabindex="0" role="region" aria-label="Runs">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col" class="number">Step</th>
              <th scope="col" class="number">Loss</th>
              <th scope="col" class="number">Validation</th>
            </tr>
          </thead>
          <tbody>
            ${found.map(
              (run) => html`
                <${RunRow}
                  key=${run.id}
                  run=${run}
                  selected=${ids.includes(run.id)}
                  full=${full}
                  color=${colorOfRun(ids.indexOf(run.id), dark)}
                  onToggle=${toggle}
                />
              `,
            )}
          </tbody>
        </table>
      </div>
      <p class="hint">
        ${ids.length} of ${runs.length} are drawn${full && ', as many as can be told apart'}.
      </p>
    </section>
  `;
}

const AXES = [
  { value: 'step', label: 'steps' },
  { value: 'tokens', label: 'tokens' },
  { value: 'seconds', label: 'seconds' },
];

function Drawing({ runs, revision }) {
  const [axis, setAxis] = useState('step');
  const [logX, setLogX] = useState(false);
  const [logY, setLogY] = useState(false);
  const [weight, setWeight] = useState(0.9);
  const [range, setRange] = useState(null);
  const shared = { runs, revision, axis, logX, range, onRange: setRange };
  useEffect(() => setRange(null), [axis, logX]);
  return html`
    <div class="row">
      <${Select} label="Along" value=${axis} onChange=${setAxis} options=${AXES} />
      <label class="field">
        <span class="label">Smoothing ${weight}</span>
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value=${weight}
          onInput=${(event) => setWeight(Number(event.target.value))}
        />
      </label>
      <${Check} label="Logarithmic across" checked=${logX} onChange=${setLogX} />
      <${Check} label="Logarithmic upwards" checked=${logY} onChange=${setLogY} />
      <button disabled=${range === null} onClick=${() => setRange(null)}>All of it</button>
    </div>
    <${Curves}
      title="Loss, and validation loss dashed"
      column="loss"
      weight=${weight}
      logY=${logY}
      validated
      ...${shared}
    />
    <div class="columns">
      <${Curves} title="Gradient norm" column="gradient" weight=${weight} logY ...${shared} />
      <${Curves} title="Learning rate" column="rate" ...${shared} />
    </div>
  `;
}

function Runs({ runs, ids, onAgain }) {
  const dark = useDark();
  const names = new Map(runs.map(({ id, name }) => [id, name]));
  const begun = ids.filter((id) => names.has(id));
  const { followed, revision } = useFollowed(begun);
  const drawn = followed.map((run) => ({
    ...run,
    name: names.get(run.id),
    color: colorOfRun(ids.indexOf(run.id), dark),
  }));
  const broken = drawn.filter(({ error }) => error);
  return html`
    ${
      begun.length < ids.length &&
      html`
        <${Busy}>
          Waiting for ${ids.filter((id) => !names.has(id)).join(', ')} to begin; if it does not, its
          command says why in a terminal
        <//>
      `
    }
    ${broken.map(({ id, error }) => html`<${ErrorNote} key=${id} error=${error} />`)}
    <${Drawing} runs=${drawn} revision=${revision} />
    ${drawn.map(
      (run) => html`
        <section key=${run.id} class="columns">
          <${RunReport} run=${run} revision=${revision} onAgain=${onAgain} />
          <section class="panel stack">
            <h2>Faders that the optimizer moves</h2>
            <${Updates} name=${run.name} updates=${run.log.updates} />
          </section>
        </section>
      `,
    )}
  `;
}

export default function Screen() {
  const [query, setQuery] = useHashQuery();
  const { runs, error } = useRuns();
  const [again, setAgain] = useState(null);
  const asked = useMemo(() => readIds(query.runs), [query.runs]);
  const known = runs !== null;
  const ids = useMemo(
    () => asked ?? (query.run ? [query.run] : known ? firstSelected(runs) : []),
    [asked, query.run, known],
  );
  const setIds = (next) => setQuery({ runs: JSON.stringify(next), run: '' });
  const started = (id) => setIds([...ids, id].slice(-MOST_RUNS));

  return html`
    <h1>Train</h1>
    <details class="panel" open=${again !== null || runs?.length === 0}>
      <summary>Start a run</summary>
      <${StartForm} key=${JSON.stringify(again)} given=${again} onStarted=${started} />
    </details>
    <${ErrorNote} error=${error} />
    ${!known && !error && html`<${Busy}>Looking for runs<//>`}
    ${
      known &&
      (runs.length === 0
        ? html`
            <${Empty} title="No run yet">
              <p>
                Start one above, or in a terminal with <code>fader train</code>: it shows up here.
              </p>
            <//>
          `
        : html`
            <${RunList} runs=${runs} ids=${ids} onIds=${setIds} />
            ${ids.length > 0 && html`<${Runs} runs=${runs} ids=${ids} onAgain=${setAgain} />`}
          `)
    }
    <${Sweeps} />
  `;
}
