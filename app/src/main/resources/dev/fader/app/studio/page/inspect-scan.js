// Every tensor of a model read once, with what is odd about each.
import { html, useRef, useState } from './htm.js';
import { stream } from './api.js';
import { useWork } from './ask.js';
import { TextField } from './fields.js';
import { Busy, ErrorNote, formatNumber, formatPercent, Piece } from './parts.js';
import { SortedTable } from './table.js';
import { Warnings } from './inspect-sheet.js';

const FIRST_WARNINGS = 20;

const columnsFor = (onChoose) => [
  {
    key: 'name',
    label: 'Tensor',
    value: ({ name }) => name,
    show: ({ name }) =>
      html`
        <button class="quiet small long-name" onClick=${() => onChoose(name)}>
          <${Piece} text=${name} length=${120} />
        </button>
      `,
  },
  { key: 'type', label: 'Type', value: ({ type }) => type },
  {
    key: 'count',
    label: 'Numbers',
    number: true,
    value: ({ count }) => count,
    show: ({ count }) => formatNumber(count),
  },
  {
    key: 'deviation',
    label: 'Deviation',
    number: true,
    value: ({ deviation }) => deviation,
    show: ({ deviation }) => formatNumber(deviation, 3),
  },
  {
    key: 'norm',
    label: 'Norm',
    number: true,
    value: ({ norm }) => norm,
    show: ({ norm }) => formatNumber(norm, 3),
  },
  {
    key: 'outliers',
    label: 'Outliers',
    number: true,
    value: ({ outliers }) => outliers,
    show: ({ outliers }) => formatNumber(outliers),
  },
  {
    key: 'kurtosis',
    label: 'Kurtosis',
    number: true,
    value: ({ kurtosis }) => kurtosis,
    show: ({ kurtosis }) => formatNumber(kurtosis, 3),
  },
  {
    key: 'zeros',
    label: 'Zeros',
    number: true,
    value: ({ zeros, count }) => zeros / Math.max(1, count),
    show: ({ zeros, count }) => formatPercent(zeros / Math.max(1, count)),
  },
];

function ScanWarnings({ warnings }) {
  const [all, setAll] = useState(false);
  return html`
    <${Warnings} named warnings=${all ? warnings : warnings.slice(0, FIRST_WARNINGS)} />
    ${
      !all &&
      warnings.length > FIRST_WARNINGS &&
      html`
        <button class="small" onClick=${() => setAll(true)}>All ${warnings.length} warnings</button>
      `
    }
  `;
}

export function Scan({ model, tensors, onChoose }) {
  const [pattern, setPattern] = useState('');
  const [read, setRead] = useState([]);
  const { busy, answer, error, run, cancel } = useWork();
  const drawn = useRef(0);

  const scan = (event) => {
    event?.preventDefault();
    run(async (signal) => {
      const found = [];
      let end = null;
      setRead([]);
      await stream(
        '/studio/api/tensors/scan',
        { model, pattern: pattern.trim() || undefined },
        {
          signal,
          onEvent: (told) => {
            if (told.done) {
              end = told;
              return;
            }
            found.push(told);
            cancelAnimationFrame(drawn.current);
            drawn.current = requestAnimationFrame(() => setRead([...found]));
          },
        },
      );
      cancelAnimationFrame(drawn.current);
      setRead(found);
      return end;
    });
  };

  return html`
    <form class="row" onSubmit=${scan}>
      <${TextField}
        label="Only tensors named"
        hint="such as q_proj or layers.3; * for any letters"
        value=${pattern}
        onChange=${setPattern}
      />
      ${
        busy
          ? html`<button type="button" onClick=${cancel}>Stop</button>`
          : html`<button class="primary">Scan</button>`
      }
    </form>
    ${busy && html`<${Busy}>${read.length} of up to ${tensors.length} tensors read<//>`}
    <${ErrorNote} error=${error} retry=${scan} />
    ${answer && !busy && html`<${ScanWarnings} warnings=${answer.warnings} />`}
    ${
      answer?.not_decoded?.length > 0 &&
      html`
        <p class="note">${answer.not_decoded.length} tensors are of types that are not decoded.</p>
      `
    }
    ${
      read.length > 0
        ? html`
            <${SortedTable}
              caption="Statistics of the tensors"
              columns=${columnsFor(onChoose)}
              rows=${read}
              rowKey=${({ name }) => name}
              sort=${{ key: 'outliers', down: true }}
            />
          `
        : !busy &&
          html`
            <p class="hint">
              Reads every number of the model once, and tells what is odd about them.
            </p>
          `
    }
  `;
}
