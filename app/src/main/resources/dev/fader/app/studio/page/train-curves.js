// Curves of several runs over the same axis, on uPlot.
import { html, useEffect, useMemo, useRef, useState } from './htm.js';
import uPlot from './uplot.js';
import { formatNumber } from './parts.js';
import { extentOf, gathered, placesOf } from './train-log.js';
import { useDark } from './theme.js';

const HEIGHT = 260;
const MOST_PLACES = 1200;

// Told apart by all eyes (Okabe and Ito), as dark or light as each theme needs.
const COLORS = {
  light: ['#a14f00', '#1f66b0', '#00795a', '#a3407c'],
  dark: ['#f0a63c', '#6db3f2', '#3fc79a', '#e491c4'],
};
const FRAME = {
  light: { ink: '#5b5e66', grid: '#d8d3ca' },
  dark: { ink: '#a3a8b1', grid: '#323842' },
};

/** Each is a connection that stays, and browsers open six to a server: the others are for the rest. */
export const MOST_RUNS = 4;

export const colorOfRun = (index, dark) => COLORS[dark ? 'dark' : 'light'][index % MOST_RUNS];

const isShown = (value) => value !== null && value !== undefined;

/** Four lines a run: the least and the largest of what was measured, smoothed, and validated. */
function seriesOf(runs, withValidation) {
  return runs.flatMap(({ color }) => {
    const faint = { stroke: `${color}55`, width: 1, points: { show: false }, spanGaps: true };
    const lines = [
      faint,
      faint,
      { stroke: color, width: 2, points: { show: false }, spanGaps: true },
    ];
    return withValidation
      ? [
          ...lines,
          {
            stroke: color,
            width: 1.5,
            dash: [6, 4],
            points: { show: true, size: 5 },
            spanGaps: true,
          },
        ]
      : lines;
  });
}

function bandsOf(runs, each) {
  return runs.map(({ color }, index) => ({
    series: [each * index + 2, each * index + 1],
    fill: `${color}22`,
  }));
}

/** A logarithmic scale ends where the numbers do, and not at the next power of ten. */
function scaleOf(logarithmic, air, more) {
  const range = (_, from, to) =>
    from > 0 ? [from / air, Math.max(to, from * 1.01) * air] : [1, 10];
  return logarithmic ? { ...more, distr: 3, range } : { ...more, distr: 1 };
}

function optionsOf({ runs, dark, logX, logY, each, onRange, onCursor }) {
  const { ink, grid } = FRAME[dark ? 'dark' : 'light'];
  const frame = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
  };
  return {
    width: 400,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { x: scaleOf(logX, 1, { time: false }), y: scaleOf(logY, 1.05) },
    axes: [
      {
        ...frame,
        values: (_, values) =>
          values.map((value) => (isShown(value) ? formatNumber(value, 3) : '')),
      },
      {
        ...frame,
        size: 64,
        values: (_, values) =>
          values.map((value) => (isShown(value) ? formatNumber(value, 3) : '')),
      },
    ],
    series: [{}, ...seriesOf(runs, each === 4)],
    bands: bandsOf(runs, each),
    hooks: {
      setSelect: [
        (plot) => {
          if (plot.select.width > 4) {
            onRange([
              plot.posToVal(plot.select.left, 'x'),
              plot.posToVal(plot.select.left + plot.select.width, 'x'),
            ]);
            plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          }
        },
      ],
      setCursor: [(plot) => onCursor(plot.cursor.idx)],
    },
  };
}

/** What the curves of one column are made of, at the places that are seen. */
function dataOf({ runs, column, axis, weight, logX, logY, range, validated }) {
  const extent =
    range ??
    extentOf(
      runs.map(({ log }) => log),
      axis,
      logX,
    );
  if (!extent) {
    return null;
  }
  const places = placesOf(extent, { most: MOST_PLACES, logarithmic: logX, whole: axis === 'step' });
  const lines = runs.flatMap(({ log }) => {
    const gather = (name, smoothed) =>
      gathered({ axis: log.axes[axis], raw: log.columns[name], smoothed }, places, logY);
    const { least, largest, line } = gather(column, log.smoothed(column, weight));
    return validated ? [least, largest, line, gather('validation').line] : [least, largest, line];
  });
  return lines.some((line) => line.some(isShown)) ? [places, ...lines] : null;
}

function ReadOut({ runs, data, at, axis, each }) {
  const told = runs.map(({ id, color }, index) => {
    const [least, largest, line, validation] = data
      .slice(1 + each * index, 1 + each * (index + 1))
      .map((one) => one[at]);
    const words = [
      isShown(line) && formatNumber(line),
      isShown(least) &&
        least !== largest &&
        `between ${formatNumber(least)} and ${formatNumber(largest)}`,
      isShown(validation) && `validation ${formatNumber(validation)}`,
    ].filter(Boolean);
    return { id, color, words: words.join(', ') || '–' };
  });
  return html`
    <p class="hint readout" aria-live="polite">
      <span>${axis} ${formatNumber(data[0][at])}</span>
      ${told.map(
        ({ id, color, words }) => html`
        <span key=${id}><i class="swatch" style=${{ background: color }} /> ${words}</span>
      `,
      )}
    </p>
  `;
}

/**
 * `runs` are `{ id, name, log, color }`; `revision` changes when their logs have grown. `weight`
 * smooths the line; what was measured stays visible behind it, as the span between the least and
 * the largest.
 */
export function Curves({
  title,
  runs,
  column,
  axis,
  weight = 0,
  logX,
  logY,
  range,
  onRange,
  revision,
  validated = false,
}) {
  const place = useRef();
  const plot = useRef(null);
  const dark = useDark();
  const [cursor, setCursor] = useState(null);
  const each = validated ? 4 : 3;
  const names = runs.map(({ id }) => id).join('\n');
  const data = useMemo(
    () => dataOf({ runs, column, axis, weight, logX, logY, range, validated }),
    [names, revision, column, axis, weight, logX, logY, range],
  );
  const drawable = data !== null;

  useEffect(() => {
    if (!drawable) {
      return undefined;
    }
    const handlers = { onRange, onCursor: (at) => setCursor(at ?? null) };
    plot.current = new uPlot(
      optionsOf({ runs, dark, logX, logY, each, ...handlers }),
      data,
      place.current,
    );
    const observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 0) {
        plot.current?.setSize({ width, height: HEIGHT });
      }
    });
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
      plot.current = null;
    };
  }, [names, dark, logX, logY, drawable]);
  useEffect(() => {
    if (data) {
      plot.current?.setData(data);
    }
  }, [data]);

  return html`
    <figure class="curves panel">
      <figcaption><h3>${title}</h3></figcaption>
      <div
        ref=${place}
        role="img"
        aria-label=${`${title} by ${axis}, of ${runs.map(({ name }) => name).join(', ')}`}
      />
      ${!drawable && html`<p class="hint">Nothing to draw yet.</p>`}
      ${
        drawable &&
        (cursor !== null && cursor < data[0].length
          ? html`<${ReadOut} runs=${runs} data=${data} at=${cursor} axis=${axis} each=${each} />`
          : html`<p class="hint readout">Drag over a part to look closer.</p>`)
      }
    </figure>
  `;
}
