// A tensor as a heat map, zoomed from the whole down to a single number.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { HeatMap } from './heatmap.js';
import { formatNumber, Select } from './parts.js';
import { Cell } from './inspect-numbers.js';

const RESOLUTION = 192;
const ZOOM = 8;

const SHOWN = [
  { value: 'largest', label: 'the largest of each patch' },
  { value: 'mean', label: 'the mean of each patch' },
];

/** A span of `size` or more around `middle`, within 0 to `all`. */
function around(middle, size, all) {
  const wanted = Math.min(all, Math.max(1, size));
  const from = Math.min(all - wanted, Math.max(0, Math.round(middle - wanted / 2)));
  return [from, from + wanted];
}

/** Where the numbers of a map's line begin and end. */
function spanOf([from, to], lines, line) {
  const each = (to - from) / lines;
  return [
    from + Math.floor(line * each),
    from + Math.max(Math.floor(line * each) + 1, Math.floor((line + 1) * each)),
  ];
}

const said = ([from, to]) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

function describe(map, row, column, value) {
  const rows = said(spanOf(map.rows, map.height, row));
  const columns = said(spanOf(map.columns, map.width, column));
  return `row ${rows}, column ${columns}: ${formatNumber(value)}`;
}

export function TensorMap({ model, tensor, matrix }) {
  const whole = { rows: [0, matrix.rows], columns: [0, matrix.columns] };
  const [regions, setRegions] = useState([whole]);
  const [shown, setShown] = useState('largest');
  const [cell, setCell] = useState(null);
  const region = regions.at(-1);
  const asked = useAnswer('/studio/api/tensors/map', {
    model,
    tensor: tensor.name,
    ...region,
    height: RESOLUTION,
    width: RESOLUTION,
  });

  const pick = (map, row, column) => {
    const rows = spanOf(map.rows, map.height, row);
    const columns = spanOf(map.columns, map.width, column);
    if (rows[1] - rows[0] === 1 && columns[1] - columns[0] === 1) {
      setCell({ row: rows[0], column: columns[0] });
      return;
    }
    const size = ([from, to]) => Math.max(RESOLUTION, Math.ceil((to - from) / ZOOM));
    setRegions([
      ...regions,
      {
        rows: around((rows[0] + rows[1]) / 2, size(map.rows), matrix.rows),
        columns: around((columns[0] + columns[1]) / 2, size(map.columns), matrix.columns),
      },
    ]);
  };

  return html`
    <div class="row">
      <${Select} label="Colour" value=${shown} onChange=${setShown} options=${SHOWN} />
      <button disabled=${regions.length === 1} onClick=${() => setRegions(regions.slice(0, -1))}>
        Zoom out
      </button>
      <button disabled=${regions.length === 1} onClick=${() => setRegions([whole])}>
        Whole tensor
      </button>
      <span class="hint">rows ${said(region.rows)}, columns ${said(region.columns)}</span>
    </div>
    <${Answer} of=${asked} words="Reading the numbers">
      ${(map) => html`
        <${HeatMap}
          values=${map[shown]}
          rows=${map.height}
          columns=${map.width}
          label=${`${tensor.name} as colours`}
          describe=${(row, column, value) => describe(map, row, column, value)}
          onPick=${(row, column) => pick(map, row, column)}
        />
        <p class="hint">
          Pick a patch to zoom into it. Where each patch is a single number, picking shows that
          number and how it is stored.
        </p>
      `}
    <//>
    ${
      cell &&
      html`
      <${Cell} model=${model} tensor=${tensor.name} row=${cell.row} column=${cell.column} />
    `
    }
  `;
}
