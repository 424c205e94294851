// The tokens of a text, one of which is chosen; coloured by what a view found of them.
import { html, useEffect, useRef, useState } from './htm.js';
import { colorOf, largestOf, scaleOf } from './heatmap.js';
import { formatNumber, NumberField, Piece } from './parts.js';
import { useDark } from './theme.js';

const MOST_SHOWN = 200;

/** The part of a long text that is shown: around the chosen token. */
function windowOf(count, position) {
  if (count <= MOST_SHOWN) {
    return [0, count];
  }
  const from = Math.min(count - MOST_SHOWN, Math.max(0, position - Math.floor(MOST_SHOWN * 0.75)));
  return [from, from + MOST_SHOWN];
}

/** What a token is called: its text, or its number where it has none. */
export const nameOf = ({ id, text }) => (text === '' ? `id:${id}` : text);

const MOVES = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 };

/**
 * Tokens side by side; `position` is chosen, `onPosition` hears another choice. `values` has a
 * number for each token that colours it, on the given `scale`, and `describe(value)` says it.
 */
export function TokenStrip({
  label,
  tokens,
  position,
  onPosition,
  values,
  scale = 'sequential',
  describe = formatNumber,
}) {
  const dark = useDark();
  const list = useRef();
  const [moved, setMoved] = useState(false);
  const [from, to] = windowOf(tokens.length, position);
  const colors = values && scaleOf(scale, largestOf(values), dark);

  useEffect(() => {
    if (moved) {
      list.current.querySelector('[aria-checked="true"]')?.focus();
      setMoved(false);
    }
  }, [moved, position]);

  const onKeyDown = (event) => {
    const step = { ...MOVES, Home: -tokens.length, End: tokens.length }[event.key];
    if (step) {
      event.preventDefault();
      onPosition(Math.min(tokens.length - 1, Math.max(0, position + step)));
      setMoved(true);
    }
  };
  const coloured = (at) => {
    const value = values?.[at];
    return value === undefined ? undefined : colorOf(value, colors);
  };
  return html`
    <div class="stack">
      <div class="tokens" role="radiogroup" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
        ${from > 0 && html`<span class="dim">… ${formatNumber(from)} before</span>`}
        ${tokens.slice(from, to).map((token, index) => {
          const at = from + index;
          const value = values?.[at];
          return html`
            <button
              key=${at}
              role="radio"
              aria-checked=${String(at === position)}
              tabindex=${at === position ? 0 : -1}
              style=${coloured(at)}
              title=${`${at}${value === undefined ? '' : `: ${describe(value)}`}`}
              onClick=${() => onPosition(at)}
            >
              <${Piece} text=${nameOf(token)} length=${24} />
            </button>
          `;
        })}
        ${
          to < tokens.length &&
          html`
          <span class="dim">${formatNumber(tokens.length - to)} more …</span>
        `
        }
      </div>
      ${
        tokens.length > MOST_SHOWN &&
        html`
          <${NumberField}
            label="Token"
            value=${position}
            min=${0}
            max=${tokens.length - 1}
            onChange=${onPosition}
          />
        `
      }
    </div>
  `;
}
