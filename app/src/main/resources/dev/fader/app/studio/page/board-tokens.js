// A text as coloured tokens, of which one at a time is told about.
import { html, useState } from './htm.js';
import { Piece, useId } from './parts.js';

/** `tokens` are `{ piece, color, detail }`: `color` as `colorOf` gives it, `detail` in words. */
export function ColouredTokens({ tokens, label }) {
  const [at, setAt] = useState(null);
  const readout = useId();
  const text = tokens.map(({ piece }) => piece).join('');
  const onKeyDown = (event) => {
    const next = {
      ArrowRight: (at ?? -1) + 1,
      ArrowLeft: (at ?? 1) - 1,
      Home: 0,
      End: tokens.length - 1,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(Math.min(tokens.length - 1, Math.max(0, next)));
    }
  };
  const token = at === null ? undefined : tokens[at];
  return html`
    <div class="stack">
      <div
        class="coloured"
        role="application"
        aria-roledescription="coloured text"
        aria-label=${`${label}; left and right go from token to token: ${text}`}
        aria-describedby=${readout}
        tabindex="0"
        onKeyDown=${onKeyDown}
        onPointerLeave=${() => setAt(null)}
      >
        ${tokens.map(
          ({ piece, color }, i) => html`
            <span
              key=${i}
              class=${i === at ? 'here' : ''}
              style=${color}
              onPointerEnter=${() => setAt(i)}
              onClick=${() => setAt(i)}
            >
              <${Piece} text=${piece} />${piece.includes('\n') && html`<br />`}
            </span>
          `,
        )}
      </div>
      <p id=${readout} class="hint readout" aria-live="polite">${token ? token.detail : label}</p>
    </div>
  `;
}
