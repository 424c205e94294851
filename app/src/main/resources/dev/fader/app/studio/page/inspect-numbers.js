// The numbers of a tensor themselves, and how one of them is stored.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { formatNumber, NumberField, screenAddress } from './parts.js';

const ROWS = 12;
const COLUMNS = 8;
const MOST_BYTES = 64;

/** One number, and the block it is stored in. */
export function Cell({ model, tensor, row, column }) {
  const asked = useAnswer('/studio/api/tensors/cell', { model, tensor, row, column });
  return html`
    <section class="cell" aria-label=${`The number in row ${row}, column ${column}`}>
      <${Answer} of=${asked}>
        ${(cell) => html`
          <p>
            Row ${formatNumber(row)}, column ${formatNumber(column)}:${' '}
            <strong class="number">${String(cell.value)}</strong>
          </p>
          <p class="dim">
            Stored as ${cell.type} at byte ${formatNumber(cell.offset)} of the file:${' '}
            <code class="bytes">${cell.bytes.slice(0, 2 * MOST_BYTES)}</code>
          </p>
          ${cell.block && html`<${Block} block=${cell.block} />`}
          <p>
            <a href=${screenAddress('board', { model, tool: 'weights', tensor, row, column })}>
              Turn this number on the board
            </a>
          </p>
        `}
      <//>
    </section>
  `;
}

const BLOCK = [
  ['code', 'Code'],
  ['level', 'Level'],
  ['scale', 'Scale'],
  ['minimum', 'Minimum'],
];

function Block({ block }) {
  return html`
    <p class="dim">
      Number ${formatNumber(block.index)} of the ${formatNumber(block.elements)} in block${' '}
      ${formatNumber(block.number)}, which share what decodes them:
    </p>
    <dl class="figures">
      ${BLOCK.filter(([key]) => block[key] !== undefined).map(
        ([key, name]) => html`
          <div key=${key}>
            <dt>${name}</dt>
            <dd class="number">${formatNumber(block[key], 6)}</dd>
          </div>
        `,
      )}
    </dl>
  `;
}

function Slice({ slice, cell, onPick }) {
  const [firstRow] = slice.rows;
  const [firstColumn] = slice.columns;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="The numbers">
      <table class="slice">
        <thead>
          <tr>
            <td></td>
            ${slice.values[0].map(
              (_, at) => html`<th key=${at} scope="col" class="number">${firstColumn + at}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${slice.values.map(
            (values, down) => html`
              <tr key=${down}>
                <th scope="row" class="number">${firstRow + down}</th>
                ${values.map((value, right) => {
                  const here = { row: firstRow + down, column: firstColumn + right };
                  const pressed = cell?.row === here.row && cell?.column === here.column;
                  return html`
                    <td key=${right} class="number">
                      <button
                        class="quiet small"
                        aria-pressed=${String(pressed)}
                        onClick=${() => onPick(here)}
                      >
                        ${formatNumber(value)}
                      </button>
                    </td>
                  `;
                })}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

export function TensorNumbers({ model, tensor, matrix }) {
  const [row, setRow] = useState(0);
  const [column, setColumn] = useState(0);
  const [cell, setCell] = useState(null);
  const lastRow = Math.min(matrix.rows, row + ROWS) - 1;
  const lastColumn = Math.min(matrix.columns, column + COLUMNS) - 1;
  const asked = useAnswer('/studio/api/tensors/slice', {
    model,
    tensor: tensor.name,
    slice: `[${row}-${lastRow}][${column}-${lastColumn}]`,
  });
  return html`
    <div class="row">
      <${NumberField}
        label="From row"
        value=${row}
        min=${0}
        max=${matrix.rows - 1}
        onChange=${setRow}
      />
      <${NumberField}
        label="From column"
        value=${column}
        min=${0}
        max=${matrix.columns - 1}
        onChange=${setColumn}
      />
    </div>
    <${Answer} of=${asked}>
      ${(slice) => html`<${Slice} slice=${slice} cell=${cell} onPick=${setCell} />`}
    <//>
    ${
      cell
        ? html`
          <${Cell} model=${model} tensor=${tensor.name} row=${cell.row} column=${cell.column} />
        `
        : html`<p class="hint">Pick a number to see how it is stored.</p>`
    }
  `;
}
