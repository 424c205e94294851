// An answer as its tokens: coloured by probability, with what might have stood there instead.
import { html, useMemo, useRef, useState } from './htm.js';
import { colorOf, scaleOf } from './heatmap.js';
import { formatPercent, Piece, pieceText } from './parts.js';
import { useDark } from './theme.js';

const RUN = 64;
const MOST_BITS = 6;

/** How surprising a token was, in bits: what was sure to come has no colour. */
const surprise = ({ logprob }) => -logprob / Math.LN2;

/** Tokens that stand still while others are written after them are not made again. */
function TokenRun({ tokens, from, current, colors, dark }) {
  const here = current >= from && current < from + tokens.length ? current : -1;
  return useMemo(
    () =>
      tokens.map((token, index) => {
        const at = from + index;
        return html`
          <span
            key=${at}
            class="token"
            role="option"
            aria-label=${pieceText(token.text)}
            data-at=${at}
            aria-selected=${String(at === here)}
            tabindex=${at === here || (here < 0 && at === 0) ? 0 : -1}
            style=${colorOf(surprise(token), colors)}
            >${token.text}</span
          >
        `;
      }),
    [tokens.length, here, dark],
  );
}

function Alternatives({ token, onChoose }) {
  return html`
    <div class="alternatives">
      <span><${Piece} text=${token.text} /> ${formatPercent(Math.exp(token.logprob))}</span>
      ${token.top.length > 0 && html`<span class="dim">instead, and go on from there:</span>`}
      ${token.top.map(
        ([text, logprob]) => html`
          <button
            key=${text}
            class="small"
            disabled=${!onChoose || text.includes('\uFFFD')}
            onClick=${() => onChoose(text, logprob)}
          >
            <${Piece} text=${text} length=${24} /> <span>${formatPercent(Math.exp(logprob))}</span>
          </button>
        `,
      )}
    </div>
  `;
}

const MOVES = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 };

/**
 * `onBranch(at, text, logprob)` hears that the answer shall go on from token `at` with another one;
 * without it, alternatives are only shown.
 */
export function AnswerTokens({ tokens, onBranch }) {
  const dark = useDark();
  const colors = scaleOf('sequential', MOST_BITS, dark);
  const list = useRef();
  const [pinned, setPinned] = useState(null);
  const [hovered, setHovered] = useState(null);
  const current = hovered ?? pinned;
  const runs = [];
  for (let from = 0; from < tokens.length; from += RUN) {
    runs.push({ from, tokens: tokens.slice(from, from + RUN) });
  }
  const tokenAt = (event) => {
    const at = event.target.closest('[data-at]')?.dataset.at;
    return at === undefined ? null : Number(at);
  };
  const focus = (at) => {
    setPinned(at);
    list.current.querySelector(`[data-at="${at}"]`)?.focus();
  };
  const onKeyDown = (event) => {
    const step = MOVES[event.key];
    if (step) {
      event.preventDefault();
      focus(Math.min(tokens.length - 1, Math.max(0, (pinned ?? 0) + step)));
    }
  };
  return html`
    <div
      class="answer-tokens text"
      dir="auto"
      role="listbox"
      aria-label="Tokens of the answer; arrows move"
      ref=${list}
      onKeyDown=${onKeyDown}
      onPointerOver=${(event) => event.pointerType === 'mouse' && setHovered(tokenAt(event))}
      onPointerLeave=${() => setHovered(null)}
      onClick=${(event) => setPinned(tokenAt(event))}
      onFocusIn=${(event) => setPinned(tokenAt(event))}
    >
      ${runs.map(
        (run) =>
          html`
            <${TokenRun}
              key=${run.from}
              ...${run}
              current=${current ?? -1}
              colors=${colors}
              dark=${dark}
            />
          `,
      )}
    </div>
    ${
      tokens[current]
        ? html`
            <${Alternatives}
              token=${tokens[current]}
              onChoose=${onBranch && ((text, logprob) => onBranch(current, text, logprob))}
            />
          `
        : html`
            <p class="hint">
              The stronger the colour, the less probable the token. Point at one, or move to it with
              the arrows, to see what might have stood there.
            </p>
          `
    }
  `;
}
