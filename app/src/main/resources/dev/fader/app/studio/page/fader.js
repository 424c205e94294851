// A fader: a native range input on a scale of decibels, with its number, mute and solo.
import { html, useRef, useState } from './htm.js';
import { classes } from './parts.js';

/* ---- decibels ---- */

export const HIGHEST = 24;
export const LOWEST = -60;

export const decibelsOf = (gain) => 20 * Math.log10(Math.abs(gain));
export const gainOf = (decibels) => 10 ** (decibels / 20);

// Where decibels stand on the track, as on desks: fine around 0, coarse far below.
const TRACK = [
  { place: 0.02, decibels: LOWEST },
  { place: 0.14, decibels: -36 },
  { place: 0.3, decibels: -18 },
  { place: 0.7, decibels: 0 },
  { place: 0.86, decibels: 6 },
  { place: 1, decibels: HIGHEST },
];
const MARKS = [HIGHEST, 6, 0, -6, -18, -36];

function between(value, from, to) {
  const above = Math.max(
    1,
    TRACK.findIndex((knot) => value <= knot[from]),
  );
  const [low, high] = [TRACK[above - 1], TRACK[above]];
  const share = (value - low[from]) / (high[from] - low[from]);
  return low[to] + share * (high[to] - low[to]);
}

/** Where a gain stands, 0 to 1: muted at the bottom. */
export function placeOf(gain) {
  const decibels = decibelsOf(gain);
  return decibels < LOWEST ? 0 : between(Math.min(HIGHEST, decibels), 'decibels', 'place');
}

/** The gain at a place. */
export const gainAt = (place) =>
  place < TRACK[0].place / 2
    ? 0
    : gainOf(between(Math.max(TRACK[0].place, place), 'place', 'decibels'));

/** A gain in words: −6.0 dB, mute, or with its sign turned. */
export function gainText(gain) {
  if (gain === 0) {
    return '−∞ dB';
  }
  const decibels = decibelsOf(gain);
  const rounded = Math.abs(decibels) < 0.05 ? '0' : Math.abs(decibels).toFixed(1);
  const sign = rounded === '0' ? '' : decibels < 0 ? '−' : '+';
  return `${gain < 0 ? 'ø ' : ''}${sign}${rounded} dB`;
}

const spokenGain = (gain) =>
  gain === 0
    ? 'silent'
    : gainText(gain)
        .replace('−', 'minus ')
        .replace('ø', 'turned round,')
        .replace('dB', 'decibels');

/**
 * Reads what is typed: decibels (`-6`, `-6 dB`), a factor (`0.5x`, `-1x`), or `mute`; NaN if it is
 * none of them.
 */
export function readGain(text) {
  const typed = text.trim().toLowerCase().replace('−', '-').replace(',', '.').replace('×', 'x');
  if (/^(mute|off|-?(inf|infinity|∞)( *db)?)$/.test(typed)) {
    return 0;
  }
  const number = Number(typed.replace(/ *(db|x)$/, '').replace(/^x/, ''));
  if (typed === '' || !Number.isFinite(number)) {
    return NaN;
  }
  if (typed.endsWith('x') || typed.startsWith('x')) {
    return Math.abs(number) <= 1e6 ? number : NaN;
  }
  return Math.abs(number) <= 120 ? gainOf(number) : NaN;
}

/* ---- the control ---- */

const DETENT_DECIBELS = 0.6;
const RESOLUTION = 1000;
const KEY_STEPS = {
  ArrowUp: 0.5,
  ArrowRight: 0.5,
  ArrowDown: -0.5,
  ArrowLeft: -0.5,
  PageUp: 6,
  PageDown: -6,
};

/** A gain some decibels further up or down, between muted and the highest. */
export function stepped(gain, decibels) {
  const from = gain === 0 ? LOWEST - 0.5 : decibelsOf(gain);
  const next = Math.min(HIGHEST, Math.round((from + decibels) * 1e6) / 1e6);
  return next < LOWEST ? 0 : Math.sign(gain || 1) * gainOf(next);
}

/** The number of a fader, which can be typed. */
function GainEntry({ label, gain, onGain, entry, back }) {
  const [draft, setDraft] = useState(null);
  const wrong = draft !== null && Number.isNaN(readGain(draft));
  const settle = ({ target }) => {
    const typed = readGain(target.value);
    if (target.value !== gainText(gain) && !Number.isNaN(typed)) {
      onGain(typed, { done: true });
    }
    setDraft(null);
  };
  const onKeyDown = (event) => {
    if (event.key === 'Enter') {
      back();
    } else if (event.key === 'Escape') {
      event.target.value = gainText(gain);
      back();
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      setDraft(null);
      onGain(stepped(gain, KEY_STEPS[event.key]), { done: true });
    }
  };
  return html`
    <input
      ref=${entry}
      class="gain"
      type="text"
      tabindex="-1"
      aria-label=${`${label}, number: decibels, a factor such as 0.5x, or mute`}
      aria-invalid=${wrong ? 'true' : undefined}
      value=${draft ?? gainText(gain)}
      onFocus=${(event) => event.target.select()}
      onInput=${(event) => setDraft(event.target.value)}
      onBlur=${settle}
      onKeyDown=${onKeyDown}
    />
  `;
}

/**
 * `onGain(gain, { done })` hears every movement; `done` is false while it is being dragged.
 * `total` is what all faders of the mix make of this together, `light` how much it matters for the
 * prompt, 0 to 1, if that can be told. Without `onSolo` it cannot be soloed.
 */
export function Fader({
  label,
  title = label,
  gain,
  total = gain,
  muted = false,
  soloed = false,
  light,
  small = false,
  onGain,
  onMute,
  onSolo,
}) {
  const slider = useRef();
  const entry = useRef();

  const onInput = (event) => {
    const dragged = gainAt(event.target.value / RESOLUTION);
    const near = dragged > 0 && Math.abs(decibelsOf(dragged)) < DETENT_DECIBELS;
    onGain(near ? 1 : dragged * (gain < 0 ? -1 : 1), { done: false });
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const step = KEY_STEPS[event.key];
    const act = {
      Home: () => onGain(0, { done: true }),
      End: () => onGain(gainOf(HIGHEST), { done: true }),
      Delete: () => onGain(1, { done: true }),
      Backspace: () => onGain(1, { done: true }),
      m: onMute,
      s: onSolo,
    }[event.key];
    if (step) {
      event.preventDefault();
      onGain(stepped(gain, event.shiftKey ? step / 5 : step), { done: true });
    } else if (act) {
      event.preventDefault();
      act();
    } else if (/^[0-9+\-.]$/.test(event.key)) {
      entry.current.focus(); // and the digit is typed there, over what is selected
    }
  };

  return html`
    <div
      class=${classes({ fader: true, small, silent: muted || total === 0, turned: gain !== 1 })}
      role="group"
      aria-label=${label}
      style=${{ '--light': (light ?? 0).toFixed(3) }}
    >
      <span
        class=${light === undefined ? 'fader-title' : 'fader-title lit'}
        aria-hidden="true"
      >
        ${title}
      </span>
      <span class="fader-track" onDblClick=${() => onGain(1, { done: true })}>
        <span class="fader-marks" aria-hidden="true">
          ${MARKS.map(
            (mark) =>
              html`<i
                key=${mark}
                data-mark=${mark}
                style=${{ bottom: `${100 * placeOf(gainOf(mark))}%` }}
              />`,
          )}
          ${total !== gain && html`<b style=${{ bottom: `${100 * placeOf(total)}%` }} />`}
        </span>
        <input
          ref=${slider}
          class="slider"
          type="range"
          min="0"
          max=${RESOLUTION}
          step="1"
          value=${Math.round(placeOf(gain) * RESOLUTION)}
          aria-label=${label}
          aria-orientation="vertical"
          aria-keyshortcuts=${onSolo ? 'm s Delete' : 'm Delete'}
          aria-valuetext=${`${spokenGain(gain)}${muted ? ', muted' : ''}${soloed ? ', solo' : ''}${
            total === gain ? '' : `, ${spokenGain(total)} with the others`
          }`}
          onInput=${onInput}
          onChange=${() => onGain(gain, { done: true })}
          onKeyDown=${onKeyDown}
        />
      </span>
      <${GainEntry}
        label=${label}
        gain=${gain}
        onGain=${onGain}
        entry=${entry}
        back=${() => slider.current.focus()}
      />
      <span class="fader-keys">
        <button
          class="key mute"
          tabindex="-1"
          aria-pressed=${String(muted)}
          aria-label=${`Mute ${label}`}
          onClick=${onMute}
        >
          M
        </button>
        ${
          onSolo &&
          html`<button
            class="key solo"
            tabindex="-1"
            aria-pressed=${String(soloed)}
            aria-label=${`Solo ${label}`}
            onClick=${onSolo}
          >
            S
          </button>`
        }
      </span>
    </div>
  `;
}

/** The decibels of the tracks beside it. */
export function Scale() {
  const text = (mark) => (mark > 0 ? `+${mark}` : String(mark).replace('-', '−'));
  return html`
    <div class="scale" aria-hidden="true">
      <span class="fader-marks">
        ${MARKS.map(
          (mark) =>
            html`<span
              key=${mark}
              style=${{ bottom: `${100 * placeOf(gainOf(mark))}%` }}
            >
              ${text(mark)}
            </span>`,
        )}
        <span style=${{ bottom: '0%' }}>−∞</span>
      </span>
    </div>
  `;
}
