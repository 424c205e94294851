// The next token: bars of the model as it is behind, of the mix in front.
import { html, useEffect, useRef, useState } from './htm.js';
import {
  Busy,
  classes,
  ErrorNote,
  Piece,
  formatPercent,
  formatSeconds,
  pieceText,
  say,
} from './parts.js';

const TOP = 10;
const SAYING_MILLIS = 500;
const SCALES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 1];

/** The tokens in an order that stays while faders move, with a mark on those that fell out. */
function ordered(next, byMix) {
  const key = byMix ? 'after' : 'before';
  const places = new Map(
    [...next].sort((a, b) => b.after - a.after).map(({ id }, place) => [id, place]),
  );
  return [...next]
    .sort((a, b) => b[key] - a[key])
    .map((token) => ({
      ...token,
      first: places.get(token.id) === 0,
      fellOut: places.get(token.id) >= TOP,
    }));
}

/**
 * `ghosts` has guesses by id, while the true bars are on their way. Bars that are `stale` and not
 * on their way, because of an error, are those of an earlier mix.
 */
export function NextTokens({ prediction, error, stale, ghosts, layers, onWrite, onUndo }) {
  const [byMix, setByMix] = useState(false);
  const list = useRef();
  const writing = useRef(false);
  const { answer, busy } = prediction;
  const tokens = answer ? ordered(answer.next, byMix) : [];
  const likeliest = tokens.find(({ first }) => first);
  useSaid(likeliest, answer?.change_bits);

  // The bar that was pressed is gone with the next answer: who writes by keyboard goes on at the
  // first one.
  const write = (token) => {
    writing.current = list.current.contains(document.activeElement);
    onWrite(token);
  };
  useEffect(() => {
    const lost = document.activeElement === document.body || !document.activeElement;
    if (answer && writing.current && lost) {
      list.current.querySelector('button')?.focus({ preventScroll: true });
      writing.current = false;
    }
  }, [answer]);

  const highest = Math.max(0, ...tokens.flatMap(({ before, after }) => [before, after]));
  const scale = SCALES.find((end) => highest <= end) ?? 1;
  return html`
    <section class="panel stack next-tokens" aria-label="Next token" aria-busy=${String(stale && busy)}>
      <div class="row middle">
        <h2>Next token</h2>
        <${Change} bits=${answer?.change_bits} />
        <button
          class="small push"
          title="In the order of the mix, and not of the model"
          aria-pressed=${String(byMix)}
          onClick=${() => setByMix(!byMix)}
        >
          By mix
        </button>
      </div>
      ${error && html`<${ErrorNote} error=${error} retry=${onUndo} retryLabel="Undo" />`}
      ${!answer && busy && html`<${Busy}>Reading the prompt<//>`}
      ${
        answer &&
        html`<p
          class="next-head hint"
          aria-hidden="true"
        >
          <span>mix</span><span>model</span>
        </p>`
      }
      <ol ref=${list} class=${classes({ 'next-list': true, outdated: stale && error })}>
        ${tokens.map(
          (token) => html`
            <${Bar}
              key=${token.id}
              token=${token}
              ghost=${ghosts?.get(token.id)}
              scale=${scale}
              onWrite=${write}
            />
          `,
        )}
      </ol>
      <p class="hint">${answer ? costOf(answer, layers) : ' '}</p>
    </section>
  `;
}

const costOf = ({ seconds, layers_computed: computed }, layers) =>
  `${formatSeconds(seconds)}, ${computed} of ${layers} layers computed. A click writes the token.`;

/** How far the mix is from the model: Kullback-Leibler divergence. */
function Change({ bits }) {
  if (bits === undefined) {
    return null;
  }
  const text = Number.isFinite(bits)
    ? `${bits.toFixed(bits < 10 ? 3 : 1)} bits`
    : 'more than can be told';
  return html`
    <span
      class=${bits === 0 ? 'dim change' : 'change'}
      title="Kullback-Leibler divergence of the mix from the model"
    >
      ${bits === 0 ? 'no change' : `changed by ${text}`}
    </span>
  `;
}

function Bar({ token, ghost, scale, onWrite }) {
  const { piece, before, after, first, fellOut } = token;
  const width = (share) => `${Math.min(100, (100 * share) / scale)}%`;
  return html`
    <li class=${classes({ next: true, first, 'fell-out': fellOut })}>
      <button onClick=${() => onWrite(token)}>
        <span class="aloud">Write </span>
        <span class="next-piece"><${Piece} text=${piece} length=${20} /></span>
        <span class="next-track" aria-hidden="true">
          <i class="before" style=${{ width: width(before) }} />
          <i class="after" style=${{ width: width(after) }} />
          ${ghost !== undefined && html`<i class="ghost" style=${{ left: width(ghost) }} />`}
        </span>
        <span class="next-number">
          ${formatPercent(after)}<span class="aloud"> with the mix, </span>
        </span>
        <span class="next-number dim">
          ${formatPercent(before)}<span class="aloud"> without</span>
        </span>
      </button>
    </li>
  `;
}

/** Tells the likeliest token to those who hear the page, when it has stood for a moment. */
function useSaid(token, bits) {
  const much = bits < 0.01 ? 'less than 0.01' : bits?.toFixed(2);
  const change = bits > 0 && Number.isFinite(bits) ? `, changed by ${much} bits` : '';
  const text = token && `${pieceText(token.piece)} ${formatPercent(token.after)}${change}`;
  useEffect(() => {
    const timer = setTimeout(() => text && say(text), SAYING_MILLIS);
    return () => clearTimeout(timer);
  }, [text]);
}
