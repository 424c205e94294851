// Everything about one tensor: what is odd first, then figures, map, numbers, singular values.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { Histogram } from './histogram.js';
import { formatBytes, formatNumber, formatPercent, Piece, Tabs } from './parts.js';
import { TensorMap } from './inspect-map.js';
import { TensorNumbers } from './inspect-numbers.js';
import { Spectrum } from './inspect-spectrum.js';

const VIEWS = [
  { value: 'figures', label: 'Figures' },
  { value: 'map', label: 'Heat map' },
  { value: 'numbers', label: 'Numbers' },
  { value: 'spectrum', label: 'Singular values' },
];

/** A tensor as a matrix, whose rows are those of all its leading dimensions. */
export function matrixOf({ shape }) {
  const columns = shape.at(-1) ?? 1;
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), columns };
}

/** Warnings in words; a sheet that has none says so. */
export function Warnings({ warnings, named = false }) {
  if (warnings.length === 0) {
    return html`<p class="good">Nothing odd about these numbers.</p>`;
  }
  return html`
    <ul class="warnings">
      ${warnings.map(
        (warning) => html`
          <li key=${`${warning.tensor} ${warning.kind}`} class="note bad">
            ${named && html`<${Piece} text=${warning.tensor} length=${200} />`} ${warning.text}
          </li>
        `,
      )}
    </ul>
  `;
}

const LINES = [
  ['Numbers', ({ count }) => formatNumber(count)],
  ['Stored in', ({ bytes, bits }) => `${formatBytes(bytes)}, ${formatNumber(bits)} bits each`],
  ['From', ({ min }) => formatNumber(min)],
  ['To', ({ max }) => formatNumber(max)],
  ['Mean', ({ mean }) => formatNumber(mean)],
  ['Standard deviation', ({ deviation }) => formatNumber(deviation)],
  ['Norm', ({ norm }) => formatNumber(norm)],
  ['Kurtosis (3: like a bell)', ({ kurtosis }) => formatNumber(kurtosis)],
  ['Beyond six deviations', ({ outliers }) => formatNumber(outliers)],
  [
    'Zeros',
    ({ zeros, count }) => `${formatNumber(zeros)} (${formatPercent(zeros / Math.max(1, count))})`,
  ],
  [
    'Not numbers',
    ({ nan, infinite }) => `${formatNumber(nan)} NaN, ${formatNumber(infinite)} infinite`,
  ],
];

const spread = ({ min, max, mean, min_at, max_at }) =>
  `${formatNumber(min)} (${min_at}) to ${formatNumber(max)} (${max_at}), ` +
  `mean ${formatNumber(mean)}`;

function Figures({ statistics }) {
  const lines = LINES.map(([name, text]) => [name, text(statistics)]);
  if (statistics.row_norms) {
    lines.push(['Norms of rows', spread(statistics.row_norms)]);
  }
  if (statistics.column_norms) {
    lines.push(['Norms of columns', spread(statistics.column_norms)]);
  }
  return html`
    <dl class="figures">
      ${lines.map(
        ([name, text]) => html`
          <div key=${name}>
            <dt>${name}</dt>
            <dd class="number">${text}</dd>
          </div>
        `,
      )}
    </dl>
    ${statistics.histogram && html`<${Histogram} histogram=${statistics.histogram} />`}
    <p class="hint">
      <bdi class="long-name">${statistics.file}</bdi>, from byte ${formatNumber(statistics.offset)}
    </p>
  `;
}

function Statistics({ model, tensor }) {
  const asked = useAnswer('/studio/api/tensors/statistics', { model, tensor: tensor.name });
  return html`
    <${Answer} of=${asked} words="Reading the numbers">
      ${(statistics) => html`
        <${Warnings} warnings=${statistics.warnings ?? []} />
        <${Figures} statistics=${statistics} />
      `}
    <//>
  `;
}

const SHEETS = { figures: Statistics, map: TensorMap, numbers: TensorNumbers, spectrum: Spectrum };

export function TensorSheet({ model, tensor }) {
  const [view, setView] = useState('figures');
  const matrix = matrixOf(tensor);
  const Sheet = SHEETS[view];
  return html`
    <section class="panel stack" aria-labelledby="tensor-name">
      <h2 id="tensor-name" class="long-name"><${Piece} text=${tensor.name} length=${400} /></h2>
      <p class="dim">
        ${tensor.type}, ${tensor.shape.join(' × ')}${
          tensor.users > 1 && `, used in ${tensor.users} places`
        }
      </p>
      <${Tabs}
        label="What to see of the tensor"
        value=${view}
        onChange=${setView}
        options=${VIEWS.filter(({ value }) => value !== 'spectrum' || matrix.rows > 1)}
      />
      <${Sheet} key=${tensor.name} model=${model} tensor=${tensor} matrix=${matrix} />
    </section>
  `;
}
