// Tables that can be sorted, and bars for signed numbers.
import { html, useMemo, useState } from './htm.js';

const PAGE = 200;
const ARROWS = { none: '', ascending: '▴', descending: '▾' };

const compare = (a, b) =>
  typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });

function sorted(rows, column, down) {
  if (!column) {
    return rows;
  }
  const valued = rows.map((row) => ({ row, value: column.value(row) }));
  const known = valued.filter(({ value }) => value !== undefined && !Number.isNaN(value));
  const unknown = valued.filter(({ value }) => value === undefined || Number.isNaN(value));
  known.sort((a, b) => (down ? compare(b.value, a.value) : compare(a.value, b.value)));
  return [...known, ...unknown].map(({ row }) => row);
}

/**
 * A table whose columns sort it: each has a `key`, a `label`, the `value` of a row to sort by, and
 * `show` if it is shown otherwise; `number` aligns it. Long tables are shown a page at a time.
 */
export function SortedTable({ caption, columns, rows, rowKey, sort: initial }) {
  const [sort, setSort] = useState(initial ?? {});
  const [shown, setShown] = useState(PAGE);
  const column = columns.find(({ key }) => key === sort.key);
  const ordered = useMemo(() => sorted(rows, column, sort.down), [rows, sort]);
  const orderOf = ({ key }) => {
    const order = sort.down ? 'descending' : 'ascending';
    return key === sort.key ? order : 'none';
  };
  const sortBy = ({ key, number }) =>
    setSort({ key, down: sort.key === key ? !sort.down : Boolean(number) });
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table class="sorted">
        <caption class="aloud">
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(
              (one) => html`
                <th
                  key=${one.key}
                  scope="col"
                  class=${one.number ? 'number' : undefined}
                  aria-sort=${orderOf(one)}
                >
                  <button class="quiet small" onClick=${() => sortBy(one)}>
                    ${one.label}
                    <span aria-hidden="true">
                      ${ARROWS[orderOf(one)]}
                    </span>
                  </button>
                </th>
              `,
            )}
          </tr>
        </thead>
        <tbody>
          ${ordered.slice(0, shown).map(
            (row) => html`
              <tr key=${rowKey(row)}>
                ${columns.map(
                  ({ key, number, value, show = value }) =>
                    html`<td key=${key} class=${number ? 'number' : undefined}>${show(row)}</td>`,
                )}
              </tr>
            `,
          )}
        </tbody>
      </table>
      ${
        rows.length > shown &&
        html`
          <button class="small" onClick=${() => setShown(shown + 5 * PAGE)}>
            Show more of ${rows.length.toLocaleString('en-US')} rows
          </button>
        `
      }
    </div>
  `;
}

/**
 * Signed numbers as bars to both sides of zero: each row has a `key`, a `label`, a `value` and the
 * `text` that says it.
 */
export function SignedBars({ label, rows }) {
  const signed = rows.some(({ value }) => value < 0);
  const largest = Math.max(...rows.map(({ value }) => Math.abs(value)).filter(Number.isFinite), 0);
  const whole = signed ? 50 : 100;
  const widthOf = (value) => `${largest > 0 ? (whole * Math.abs(value)) / largest : 0}%`;
  return html`
    <ul class=${signed ? 'bars' : 'bars one-sided'} aria-label=${label}>
      ${rows.map(
        (row) => html`
          <li key=${row.key}>
            <span class="bar-label">${row.label}</span>
            <span class="bar-track" aria-hidden="true">
              <i
                class=${row.value < 0 ? 'below' : 'above'}
                style=${{ width: widthOf(row.value) }}
              />
            </span>
            <span class="number">${row.text}</span>
          </li>
        `,
      )}
    </ul>
  `;
}
