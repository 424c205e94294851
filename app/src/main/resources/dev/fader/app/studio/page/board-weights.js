// One weight: found in the picture of its tensor, and set to another number.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { Field, NumberField, formatNumber, useHashQuery } from './parts.js';
import { HeatMap } from './heatmap.js';
import { cellOf, withCell, withoutCell } from './board-mix.js';

const MOST_CELLS = 96;
const ZOOM = 6;
const CLOSE = 24;
const MOST_OFFERED = 300;

/** Rows and columns as cells of a mix count them: further dimensions are counted through. */
const sizeOf = ({ shape }) =>
  shape.length < 2
    ? { rows: 1, columns: shape[0] ?? 1 }
    : { rows: shape.slice(0, -1).reduce((a, b) => a * b), columns: shape.at(-1) };

/** The cell that an address names, if the tensor has it. */
function placeOf(query, { rows, columns }) {
  const place = { row: Number(query.row), column: Number(query.column) };
  const within = (at, count) => Number.isInteger(at) && at >= 0 && at < count;
  return within(place.row, rows) && within(place.column, columns) ? place : null;
}

export function WeightsPanel({ model, store }) {
  const asked = useAnswer('/studio/api/board/weights', { model });
  return html`
    <${Answer} of=${asked}>
      ${({ weights }) => html`<${Chooser} model=${model} weights=${weights} store=${store} />`}
    <//>
  `;
}

/**
 * Weights go by the names of the model's table, `entry`; the file may have another, `tensor`, which
 * is the one that an address has.
 */
function Chooser({ model, weights, store }) {
  const [query] = useHashQuery();
  const [name, setName] = useState(
    weights.find(({ tensor }) => tensor === query.tensor)?.entry ?? '',
  );
  const chosen = weights.find(({ entry }) => entry === name);
  return html`
    <${WeightField}
      names=${weights.map(({ entry }) => entry)}
      value=${name}
      onChange=${setName}
    />
    ${
      chosen
        ? html`
            <${Weights}
              key=${name}
              model=${model}
              of=${chosen}
              start=${chosen.tensor === query.tensor ? placeOf(query, sizeOf(chosen)) : null}
              store=${store}
            />
          `
        : html`<p class="note">Choose a tensor: its picture leads to each of its numbers.</p>`
    }
  `;
}

function WeightField({ names, value, onChange }) {
  return html`
    <${Field} label="Tensor" hint=${`${names.length} of them; type a part of the name`}>
      ${(named) => html`
        <input
          ...${named}
          class="wide"
          list="weight-tensors"
          spellcheck="false"
          value=${value}
          onInput=${(event) => onChange(event.target.value)}
        />
        <datalist id="weight-tensors">
          ${names
            .filter((name) => name.includes(value))
            .slice(0, MOST_OFFERED)
            .map((name) => html`<option key=${name} value=${name} />`)}
        </datalist>
      `}
    <//>
  `;
}

/** A window of `length` about a place, within `count`. */
function windowAbout(place, length, count) {
  const size = Math.min(length, count);
  const first = Math.min(Math.max(0, place - Math.floor(size / 2)), count - size);
  return [first, first + size];
}

function Weights({ model, of, start, store }) {
  const size = sizeOf(of);
  const whole = { rows: [0, size.rows], columns: [0, size.columns] };
  const [view, setView] = useState(
    start === null
      ? whole
      : {
          rows: windowAbout(start.row, CLOSE, size.rows),
          columns: windowAbout(start.column, CLOSE, size.columns),
        },
  );
  const [cell, setCell] = useState(start);
  const close = view.rows[1] - view.rows[0] <= CLOSE && view.columns[1] - view.columns[0] <= CLOSE;

  const zoomTo = (row, column, lengths) =>
    setView({
      rows: windowAbout(row, lengths.rows, size.rows),
      columns: windowAbout(column, lengths.columns, size.columns),
    });
  const pick = (row, column) => {
    if (close) {
      setCell({ row, column });
    } else {
      const nearer = (range) => Math.max(CLOSE, Math.ceil((range[1] - range[0]) / ZOOM));
      zoomTo(row, column, { rows: nearer(view.rows), columns: nearer(view.columns) });
    }
  };
  const go = (place) => {
    setCell(place);
    zoomTo(place.row, place.column, { rows: CLOSE, columns: CLOSE });
  };
  const at = cell ?? { row: view.rows[0], column: view.columns[0] };
  return html`
    <div class="row">
      <${NumberField}
        label="Row"
        value=${at.row}
        min=${0}
        max=${size.rows - 1}
        onChange=${(row) => go({ ...at, row })}
      />
      <${NumberField}
        label="Column"
        value=${at.column}
        min=${0}
        max=${size.columns - 1}
        onChange=${(column) => go({ ...at, column })}
      />
      <button onClick=${() => setView(whole)}>Whole tensor</button>
    </div>
    <div class="columns">
      <${TensorMap}
        model=${model}
        of=${of}
        view=${view}
        onPick=${pick}
        close=${close}
      />
      ${
        cell &&
        html`<${Cell}
          key=${`${cell.row} ${cell.column}`}
          model=${model}
          of=${of}
          place=${cell}
          store=${store}
        />`
      }
    </div>
  `;
}

function TensorMap({ model, of, view, onPick, close }) {
  const asked = useAnswer('/studio/api/tensors/map', {
    model,
    tensor: of.tensor,
    rows: view.rows,
    columns: view.columns,
    height: MOST_CELLS,
    width: MOST_CELLS,
  });
  return html`
    <${Answer} of=${asked}>
      ${(map) => html`<${Picture} name=${of.entry} map=${map} onPick=${onPick} close=${close} />`}
    <//>
  `;
}

/** Each cell stands for some rows and columns, whose middle is picked. */
function Picture({ name, map, onPick, close }) {
  const { rows, columns, height, width, largest, limit } = map;
  const placeIn =
    ([first, last], count) =>
    (i) =>
      first + Math.floor((i * (last - first)) / count);
  const rowOf = placeIn(rows, height);
  const columnOf = placeIn(columns, width);
  const middle = (of, i) => Math.floor((of(i) + Math.max(of(i), of(i + 1) - 1)) / 2);
  const what = close ? 'weight' : 'place';
  return html`
    <${HeatMap}
      values=${largest}
      rows=${height}
      columns=${width}
      limit=${limit}
      label=${`${name}, rows ${rows[0]} to ${rows[1] - 1}; choose a ${what}`}
      rowLabel=${(i) => `row ${rowOf(i)}`}
      columnLabel=${(i) => `column ${columnOf(i)}`}
      onPick=${(row, column) => onPick(middle(rowOf, row), middle(columnOf, column))}
    />
  `;
}

const SLIDER_STEPS = 400;

function Cell({ model, of, place, store }) {
  const asked = useAnswer('/studio/api/tensors/cell', { model, tensor: of.tensor, ...place });
  return html`
    <${Answer} of=${asked}>
      ${({ value }) => html`
        <${Turned} tensor=${of.entry} place=${place} original=${value} store=${store} />
      `}
    <//>
  `;
}

function Turned({ tensor, place, original, store }) {
  const here = { tensor, ...place };
  const value = cellOf(store.mix, here)?.value ?? original;
  const reach = Math.max(1, 8 * Math.abs(original), Math.abs(value));
  const gesture = `cell ${tensor} ${place.row} ${place.column}`;
  const set = (next, during = null) =>
    store.change(
      (mix) =>
        next === original ? withoutCell(mix, here) : withCell(mix, { ...here, value: next }),
      during,
    );
  return html`
    <div class="stack">
      <h3 class="turned-title">${tensor}[${place.row}][${place.column}]</h3>
      <p>The model has ${formatNumber(original, 7)} here.</p>
      <${Field} label="Turn it">
        ${(named) => html`
          <input
            ...${named}
            class="wide"
            type="range"
            min=${-reach}
            max=${reach}
            step=${reach / SLIDER_STEPS}
            value=${value}
            aria-valuetext=${formatNumber(value, 5)}
            onInput=${(event) => set(Number(event.target.value), gesture)}
            onChange=${store.settle}
          />
        `}
      <//>
      <div class="row">
        <${NumberField}
          label="Number"
          value=${value}
          step=${0.01}
          text=${(number) => formatNumber(number, 7)}
          onChange=${(next) => set(next)}
        />
        <button
          disabled=${value === original}
          onClick=${() => set(original)}
        >
          The model’s number
        </button>
      </div>
      <p class="hint">The bars show at once what it does.</p>
    </div>
  `;
}
