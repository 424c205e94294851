// Sweeps below the folder: their ladders, the law that these follow, and the runs.
import { html, useEffect, useState } from './htm.js';
import { get, isAbort, post } from './api.js';
import { Busy, ErrorNote, formatNumber, formatSeconds, Piece, Select, useHashQuery } from './parts.js';
import { SortedTable } from './table.js';

const LOOK_MILLIS = 4000;

/** What `ask(signal)` answers, asked again and again while the part is shown. */
function useRepeated(ask, what) {
  const [state, setState] = useState({ answer: null, error: null });
  useEffect(() => {
    const controller = new AbortController();
    let timer = 0;
    const look = async () => {
      try {
        const answer = await ask(controller.signal);
        setState({ answer, error: null });
      } catch (error) {
        if (isAbort(error)) {
          return;
        }
        setState(({ answer }) => ({ answer, error }));
      }
      timer = setTimeout(look, LOOK_MILLIS);
    };
    look();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [what]);
  return state;
}

const COLUMNS = [
  { key: 'name', label: 'Run', value: ({ name }) => name, show: ({ name }) => html`<${Piece} text=${name} length=${48} />` },
  { key: 'purpose', label: 'Purpose', value: ({ purpose }) => purpose },
  ...[
    ['parameters', 'Parameters', formatNumber],
    ['tokens', 'Tokens', formatNumber],
    ['training_loss', 'Training loss', formatNumber],
    ['loss', 'Validation loss', formatNumber],
    ['bits_per_byte', 'Bits per byte', formatNumber],
    ['seconds', 'Time', formatSeconds],
  ].map(([key, label, format]) => ({
    key,
    label,
    number: true,
    value: (run) => run[key],
    show: (run) => (run[key] === undefined ? '–' : format(run[key])),
  })),
];

const source = (svg) => `data:image/svg+xml,${encodeURIComponent(svg)}`;

function Sweep({ id }) {
  const { answer: sweep, error } = useRepeated(
    (signal) => post('/studio/api/sweeps/detail', { id }, { signal }),
    id,
  );
  return html`
    <${ErrorNote} error=${error} />
    ${!sweep && !error && html`<${Busy}>Reading the runs<//>`}
    ${
      sweep &&
      html`
        ${sweep.running.length > 0 && html`<p role="status">Training ${sweep.running.join(', ')}</p>`}
        ${sweep.sentences.map((line) => html`<p key=${line}>${line}</p>`)}
        ${sweep.drawings.map(
          ({ title, svg }) => html`
            <figure key=${title} class="drawing">
              <figcaption>${title}</figcaption>
              <img src=${source(svg)} alt=${`${title}; the table below has the numbers`} />
            </figure>
          `,
        )}
        <${SortedTable}
          caption=${`Runs of ${id}`}
          columns=${COLUMNS}
          rows=${sweep.runs}
          rowKey=${({ name }) => name}
        />
      `
    }
  `;
}

/** All sweeps, of which one is shown; nothing where there is none. */
export function Sweeps() {
  const [query, setQuery] = useHashQuery();
  const { answer } = useRepeated((signal) => get('/studio/api/sweeps', { signal }), 'list');
  const sweeps = answer?.sweeps ?? [];
  if (sweeps.length === 0) {
    return null;
  }
  const chosen =
    sweeps.find(({ id }) => id === query.sweep) ?? sweeps.find(({ running }) => running) ?? sweeps[0];
  const options = sweeps.map(({ id, done, running }) => ({
    value: id,
    label: `${id}, ${done} done${running ? ', goes on' : ''}`,
  }));
  return html`
    <section class="panel stack" aria-label="Sweeps">
      <div class="row">
        <h2>Sweeps</h2>
        <span class="push">
          <${Select}
            label="Sweep"
            value=${chosen.id}
            onChange=${(sweep) => setQuery({ sweep })}
            options=${options}
          />
        </span>
      </div>
      <${Sweep} key=${chosen.id} id=${chosen.id} />
    </section>
  `;
}
