// A matrix as colours, on a canvas: read by pointer, keyboard and in words.
import { html, useEffect, useRef, useState } from './htm.js';
import { formatNumber, useId } from './parts.js';
import { useDark } from './theme.js';

// Lightness rises or falls all the way, and blue against orange is told apart by all eyes.
const STOPS = {
  diverging: {
    dark: ['#8ccbff', '#3d8fe0', '#1d4d80', '#1c2026', '#7a4a12', '#e08a24', '#ffd08a'],
    light: ['#08427e', '#2f7cc4', '#a9cdec', '#fbfaf7', '#f2c48d', '#cc7414', '#7d3f00'],
  },
  sequential: {
    dark: ['#1c2026', '#17424f', '#157a78', '#4db38a', '#b9dc8c', '#fff3b0'],
    light: ['#fbfaf7', '#cfe6cf', '#7fc4ad', '#2f8f96', '#1b5a7d', '#14285a'],
  },
};
const SHADES = 256;
const NOT_A_NUMBER = [230, 40, 200];

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function shadesOf(hexes) {
  const stops = hexes.map(rgb);
  return Array.from({ length: SHADES }, (_, shade) => {
    const place = (shade / (SHADES - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const share = place - below;
    return stops[below].map((from, i) => Math.round(from + share * (stops[below + 1][i] - from)));
  });
}

const SHADED = Object.fromEntries(
  Object.entries(STOPS).map(([scale, { dark, light }]) => [
    scale,
    { dark: shadesOf(dark), light: shadesOf(light) },
  ]),
);

/** What colours mean: `from` to `to` on the `diverging` or the `sequential` scale. */
export function scaleOf(scale, limit, dark) {
  return {
    shades: SHADED[scale][dark ? 'dark' : 'light'],
    from: scale === 'diverging' ? -limit : 0,
    to: limit,
  };
}

function shadeOf(value, { shades, from, to }) {
  if (Number.isNaN(value) || value === null) {
    return NOT_A_NUMBER;
  }
  const share = to > from ? (value - from) / (to - from) : 0.5;
  return shades[Math.round(Math.min(1, Math.max(0, share)) * (SHADES - 1))];
}

// Where black and white are read equally well, at a contrast of 4.58 (WCAG 2).
const EVEN = Math.sqrt(1.05 * 0.05) - 0.05;

const linear = (part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);

const luminance = (red, green, blue) =>
  0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

/** The colour of a value as CSS, and `ink`, a colour of text that can be read on it. */
export function colorOf(value, scale) {
  const [red, green, blue] = shadeOf(value, scale);
  return {
    background: `rgb(${red} ${green} ${blue})`,
    color: luminance(red, green, blue) > EVEN ? '#000' : '#fff',
  };
}

function imageOf({ values, rows, columns }, scale) {
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const [red, green, blue] = shadeOf(values[i], scale);
    image.data.set([red, green, blue, 255], i * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

export function largestOf(values) {
  let largest = 0;
  for (const value of values) {
    if (Math.abs(value) > largest && Number.isFinite(value)) {
      largest = Math.abs(value);
    }
  }
  return largest;
}

const clamp = (value, count) => Math.min(count - 1, Math.max(0, value));

/**
 * `values` is row-major; `limit` the value of the strongest colour, the largest one if not given.
 * `rowLabel` and `columnLabel` name a row and a column, `describe(row, column, value)` says what a
 * cell is, `onPick(row, column)` hears a click or Enter. `cellHeight` is in CSS pixels; the width
 * is that of the place.
 */
export function HeatMap({
  values,
  rows,
  columns,
  limit = largestOf(values),
  scale = 'diverging',
  label,
  rowLabel = (row) => `row ${row}`,
  columnLabel = (column) => `column ${column}`,
  describe = (row, column, value) =>
    `${rowLabel(row)}, ${columnLabel(column)}: ${formatNumber(value)}`,
  onPick,
  cellHeight,
  maxHeight = 480,
}) {
  const canvas = useRef();
  const dark = useDark();
  const readout = useId();
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState(null);
  const colors = scaleOf(scale, limit, dark);
  const height = Math.min(
    maxHeight,
    rows * (cellHeight ?? Math.min(28, Math.max(3, width / columns))),
  );

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(canvas.current.parentElement);
    return () => observer.disconnect();
  }, []);
  useEffect(() => setCursor(null), [rows, columns]);
  useEffect(() => {
    if (width > 0) {
      draw(canvas.current, imageOf({ values, rows, columns }, colors), { width, height });
    }
  }, [values, rows, columns, limit, scale, dark, width, height]);

  const cellAt = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return {
      row: clamp(Math.floor(((event.clientY - box.top) / box.height) * rows), rows),
      column: clamp(Math.floor(((event.clientX - box.left) / box.width) * columns), columns),
    };
  };
  const onKeyDown = (event) => {
    const { row, column } = cursor ?? { row: 0, column: 0 };
    const moved = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: row - 10, column },
      PageDown: { row: row + 10, column },
      Home: { row, column: 0 },
      End: { row, column: columns - 1 },
    }[event.key];
    if (moved) {
      event.preventDefault();
      setCursor({ row: clamp(moved.row, rows), column: clamp(moved.column, columns) });
    } else if ((event.key === 'Enter' || event.key === ' ') && onPick) {
      event.preventDefault();
      onPick(row, column);
    }
  };
  const keys = onPick ? 'arrows move, Enter picks' : 'arrows move';
  const spoken = `${label}, ${rows} rows by ${columns} columns; ${keys}`;
  const told = cursor
    ? describe(cursor.row, cursor.column, values[cursor.row * columns + cursor.column])
    : label;
  const pick = (event) => {
    const { row, column } = cellAt(event);
    setCursor({ row, column });
    onPick?.(row, column);
  };

  return html`
    <figure class="heat">
      <div
        class=${onPick ? 'heat-map picks' : 'heat-map'}
        role="application"
        aria-roledescription="heat map"
        aria-label=${spoken}
        aria-describedby=${readout}
        tabindex="0"
        onKeyDown=${onKeyDown}
        onPointerMove=${(event) => setCursor(cellAt(event))}
        onClick=${pick}
      >
        <canvas
          ref=${canvas}
          style=${{ width: '100%', height: `${height}px` }}
          aria-hidden="true"
        />
        ${cursor && html`<i class="heat-cursor" style=${placeOf(cursor, rows, columns)} />`}
      </div>
      <figcaption>
        <span id=${readout} class="readout" aria-live="polite">
          ${told}
        </span>
        <${Legend} colors=${colors} />
      </figcaption>
    </figure>
  `;
}

const placeOf = ({ row, column }, rows, columns) => ({
  top: `${(100 * row) / rows}%`,
  left: `${(100 * column) / columns}%`,
  height: `${100 / rows}%`,
  width: `${100 / columns}%`,
});

function draw(canvas, image, { width, height }) {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
}

/** The colours with the numbers at their ends. */
function Legend({ colors: { shades, from, to } }) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const [red, green, blue] = shades[Math.round(share * (SHADES - 1))];
    return `rgb(${red} ${green} ${blue})`;
  });
  return html`
    <span class="legend">
      ${formatNumber(from, 3)}
      <i style=${{ backgroundImage: `linear-gradient(to right, ${stops.join(', ')})` }} />
      ${formatNumber(to, 3)}
    </span>
  `;
}
