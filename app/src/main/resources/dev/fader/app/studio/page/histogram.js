// How the numbers of a tensor are spread, by magnitude.
import { html, useMemo } from './htm.js';
import { formatNumber, formatPercent } from './parts.js';

const HEIGHT = 120;
const WIDTH = 640;

/** The bins from the most negative over zero to the most positive. */
function binsOf({ lower_edges: edges, negative, positive, zeros }) {
  const size = (at) =>
    at === 0
      ? `${formatNumber(edges[0], 3)} and more`
      : `${formatNumber(edges[at], 3)} to ${formatNumber(edges[at - 1], 3)}`;
  const below = edges.map((_, at) => ({
    count: negative[at],
    words: `below zero, ${size(at)}`,
    side: 'below',
  }));
  const above = edges.map((_, at) => ({ count: positive[at], words: size(at), side: 'above' }));
  return [...below, { count: zeros, words: 'zero', side: 'zero' }, ...above.reverse()];
}

/** Bars on a logarithmic axis of magnitudes, negative numbers to the left, zeros in the middle. */
export function Histogram({ histogram }) {
  const bins = useMemo(() => binsOf(histogram), [histogram]);
  const highest = Math.max(1, ...bins.map(({ count }) => count));
  const width = WIDTH / bins.length;
  const largest = formatNumber(histogram.lower_edges[0], 3);
  const counted = formatNumber(histogram.counted);
  const shareOf = (count) => formatPercent(count / Math.max(1, histogram.counted));
  return html`
    <figure class="histogram">
      <svg
        viewBox=${`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label=${`${counted} numbers by magnitude, from −${largest} over zero to ${largest}`}
      >
        ${bins.map(
          ({ count, words, side }, at) => html`
            <rect
              key=${at}
              class=${side}
              x=${at * width}
              width=${Math.max(1, width - 1)}
              y=${HEIGHT * (1 - count / highest)}
              height=${(HEIGHT * count) / highest}
            >
              <title>
                ${`${words}: ${formatNumber(count)} (${shareOf(count)})`}
              </title>
            </rect>
          `,
        )}
      </svg>
      <figcaption class="hint">
        <span>−${largest}</span>
        <span>magnitudes, logarithmic; zeros in the middle</span>
        <span>${largest}</span>
      </figcaption>
    </figure>
  `;
}
