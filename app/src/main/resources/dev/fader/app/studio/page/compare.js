// Compare: what is different in two models.
import { html, useEffect, useMemo, useState } from './htm.js';
import { stream } from './api.js';
import { useWork } from './ask.js';
import {
  Busy,
  ErrorNote,
  formatNumber,
  formatPercent,
  ModelPicker,
  Piece,
  screenAddress,
  useHashQuery,
} from './parts.js';
import { HeatMap } from './heatmap.js';
import { SortedTable } from './table.js';
import { TextDifference } from './compare-text.js';

const KINDS = {
  same_bytes: 'the same bytes',
  same_values: 'the same values',
  quantized: 'quantised',
  low_rank: 'a merged LoRA',
  tuned_lightly: 'fine-tuned lightly',
  tuned: 'fine-tuned',
  tuned_heavily: 'fine-tuned heavily',
  remade: 'changed beyond usual fine-tuning',
  other: 'another model',
  not_finite: 'with numbers that are not finite',
};

const kindOf = (kind) => KINDS[kind] ?? kind.replaceAll('_', ' ');

const COLUMNS = [
  {
    key: 'name',
    label: 'Tensor',
    value: ({ name }) => name,
    show: ({ name }) =>
      html`<span class="long-name"><${Piece} text=${name} length=${120} /></span>`,
  },
  {
    key: 'relative',
    label: 'Change',
    number: true,
    value: ({ relative }) => relative,
    show: ({ relative }) => formatPercent(relative),
  },
  {
    key: 'changed',
    label: 'Numbers changed',
    number: true,
    value: ({ changed }) => changed,
    show: ({ changed }) => formatPercent(changed),
  },
  {
    key: 'cosine',
    label: 'Cosine',
    number: true,
    value: ({ cosine }) => cosine,
    show: ({ cosine }) => formatNumber(cosine, 6),
  },
  {
    key: 'rank',
    label: 'Rank',
    number: true,
    value: ({ rank }) => rank,
    show: ({ rank }) => rank ?? '–',
  },
  { key: 'looks_like', label: 'Looks like', value: ({ looks_like }) => looks_like },
];

const CELL_HEIGHT = 22;
const MAP_HEIGHT = 480;
const LINE_HEIGHT = 14;

const heightOf = ({ layers }) => Math.min(MAP_HEIGHT, layers.length * CELL_HEIGHT);

/** One of so many layers has its number beside it, so that they can be read. */
const every = (map) => Math.ceil((map.layers.length * LINE_HEIGHT) / heightOf(map));

function ChangeMap({ map }) {
  if (!map || map.layers.length === 0 || map.modules.length === 0) {
    return null;
  }
  return html`
    <section class="panel stack">
      <h2>Where it changed</h2>
      <div class="change-map">
        <div class="map-names" aria-hidden="true">
          ${map.modules.map((module) => html`<span key=${module}>${module}</span>`)}
        </div>
        <div class="map-layers" aria-hidden="true" style=${{ height: `${heightOf(map)}px` }}>
          ${map.layers.map(
            (layer, row) => html`<span key=${layer}>${row % every(map) === 0 ? layer : ''}</span>`,
          )}
        </div>
        <${HeatMap}
          values=${map.relative.flat()}
          rows=${map.layers.length}
          columns=${map.modules.length}
          scale="sequential"
          label="Relative change, by layer (from the top down) and module"
          rowLabel=${(row) => `layer ${map.layers[row]}`}
          columnLabel=${(column) => map.modules[column]}
          describe=${(row, column, value) =>
            `layer ${map.layers[row]}, ${map.modules[column]}: ${formatPercent(value)}`}
          cellHeight=${CELL_HEIGHT}
          maxHeight=${MAP_HEIGHT}
        />
      </div>
    </section>
  `;
}

function Lonely({ title, names }) {
  if (names.length === 0) {
    return null;
  }
  return html`
    <details class="panel">
      <summary>${title}: ${formatNumber(names.length)}</summary>
      <ul class="plain-list">
        ${names.map(
          (name) => html`
          <li key=${name} class="long-name"><${Piece} text=${name} length=${200} /></li>
        `,
        )}
      </ul>
    </details>
  `;
}

const nameOf = (entry) => (typeof entry === 'string' ? entry : entry.name);

const isSame = ({ kind }) => kind === 'same_bytes' || kind === 'same_values';

function Tensors({ tensors }) {
  const [all, setAll] = useState(false);
  const changed = useMemo(() => tensors.filter((tensor) => !isSame(tensor)), [tensors]);
  const same = tensors.length - changed.length;
  if (changed.length === 0) {
    return null;
  }
  return html`
    <section class="panel stack">
      <h2>Tensor by tensor</h2>
      <${SortedTable}
        caption="Difference of each tensor"
        columns=${COLUMNS}
        rows=${all ? tensors : changed}
        rowKey=${({ name }) => name}
        sort=${{ key: 'relative', down: true }}
      />
      ${
        same > 0 &&
        html`
          <button class="small" aria-expanded=${String(all)} onClick=${() => setAll(!all)}>
            ${all ? 'Leave out' : 'Show'} ${formatNumber(same)} that ${same === 1 ? 'is' : 'are'} the
            same
          </button>
        `
      }
    </section>
  `;
}

const adapterOf = (name) => (name.includes(':') ? name : undefined);

function Difference({ a, b, difference }) {
  const adapter = adapterOf(b) ?? adapterOf(a);
  return html`
    <section class="panel stack" aria-live="polite">
      <h2 class="verdict">${difference.looks_like}</h2>
      ${difference.place && html`<p class="sentence">${difference.place}.</p>`}
      <p class="dim">
        ${Object.entries(difference.kinds)
          .map(
            ([kind, count]) =>
              `${formatNumber(count)} ${count === 1 ? 'tensor' : 'tensors'}: ${kindOf(kind)}`,
          )
          .join(' · ')}
      </p>
      <p class="row">
        <a href=${screenAddress('chat', { model: a, beside: b })}>Let both go on from a text</a>
        ${
          adapter &&
          html`<a href=${screenAddress('board', { model: adapter })}>
            Turn the adapter's strength on the board
          </a>`
        }
        <a href=${screenAddress('trace', { model: b, view: 'lens' })}>
          Follow a text through the second
        </a>
      </p>
    </section>
    <${TextDifference} key=${`${a} ${b}`} a=${a} b=${b} />
    <${ChangeMap} map=${difference.map} />
    <${Tensors} tensors=${difference.tensors} />
    <${Lonely} title="Only in the first" names=${difference.only_first.map(nameOf)} />
    <${Lonely} title="Only in the second" names=${difference.only_second.map(nameOf)} />
    <${Lonely} title="Not comparable" names=${difference.not_compared.map(nameOf)} />
  `;
}

export default function Screen() {
  const [{ a, b }, setQuery] = useHashQuery();
  const [progress, setProgress] = useState(null);
  const { busy, answer, error, run, cancel } = useWork();

  useEffect(cancel, [a, b]);

  const compare = (event) => {
    event?.preventDefault();
    setProgress(null);
    run(async (signal) => {
      let last = null;
      await stream(
        '/studio/api/compare',
        { a, b },
        {
          signal,
          onEvent: (told) => {
            last = told;
            if (told.of !== undefined) {
              setProgress(told);
            }
          },
        },
      );
      return { a, b, difference: last };
    });
  };

  const shown = answer?.a === a && answer?.b === b ? answer : null;
  return html`
    <h1>Compare</h1>
    <form class="row" onSubmit=${compare}>
      <${ModelPicker} label="First model" value=${a} onChange=${(name) => setQuery({ a: name })} />
      <${ModelPicker}
        label="Second model"
        value=${b}
        usual=${(names) => names[1] ?? names[0]}
        onChange=${(name) => setQuery({ b: name })}
      />
      ${
        busy
          ? html`<button type="button" onClick=${cancel}>Stop</button>`
          : html`<button class="primary" disabled=${!a || !b}>What is different?</button>`
      }
    </form>
    ${
      busy &&
      html`
        <${Busy}>
          ${progress ? `${progress.done_tensors} of ${progress.of} tensors compared` : 'Comparing'}
        <//>
      `
    }
    <${ErrorNote} error=${error} retry=${compare} />
    ${
      !shown &&
      !busy &&
      !error &&
      html`
      <p class="hint">
        Tells what fine-tuning, an adapter, merging or quantising changed: in words, on a text, on a
        map of layers by modules, and tensor by tensor. Another model to compare with can be opened at${' '}
        <a href="#/models">Models</a>.
      </p>
    `
    }
    ${shown && !busy && html`<${Difference} ...${shown} />`}
  `;
}
