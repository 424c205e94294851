// A level for each layer, drawn as a line.
import { html, useRef, useState } from './htm.js';
import { Select, useId } from './parts.js';
import { decibelsOf, gainAt, gainOf, gainText, HIGHEST, LOWEST, placeOf, Scale } from './fader.js';
import { curveThrough, faderOf, levelOf, withFader } from './board-mix.js';

const GROUPS = [
  { value: 'layers.*', label: 'All of each layer' },
  { value: 'layers.*.attention', label: 'Attention of each layer' },
  { value: 'layers.*.feed-forward', label: 'Feed-forward of each layer' },
];
const FADED = -24;

/** Lines to begin with: decibels at a share of the way from the first layer to the last. */
const SHAPES = [
  { name: 'Fade in', at: (share) => FADED * (1 - share) },
  { name: 'Fade out', at: (share) => FADED * share },
  { name: 'Early half', at: (share) => (share < 0.5 ? 0 : FADED) },
  { name: 'Late half', at: (share) => (share < 0.5 ? FADED : 0) },
];

const bounded = (decibels) => Math.min(HIGHEST, Math.max(LOWEST, decibels));

/** Decibels of a fader in all layers, as far as they can be drawn. */
const drawn = (fader, layers) =>
  Array.from({ length: layers }, (_, layer) => bounded(decibelsOf(levelOf(fader, layer))));

export function CurvePanel({ store, board }) {
  const [target, setTarget] = useState(GROUPS[0].value);
  const decibels = drawn(faderOf(store.mix, [target]), board.layers);
  const draw = (next, gesture = null) => {
    const level = next.every((value) => value === next[0])
      ? { gain: gainOf(next[0]), curve: undefined }
      : { curve: curveThrough(next.map((value) => Math.round(value * 10) / 10)) };
    store.change((mix) => withFader(mix, [target], level), gesture);
  };
  const shape = (at) => draw(decibels.map((_, layer) => at(layer / Math.max(1, board.layers - 1))));
  return html`
    <div class="stack">
      <div class="row">
        <${Select}
          label="What the line turns"
          value=${target}
          options=${GROUPS}
          onChange=${setTarget}
        />
        ${SHAPES.map(
          ({ name, at }) => html`<button
            key=${name}
            onClick=${() => shape(at)}
          >
            ${name}
          </button>`,
        )}
        <button onClick=${() => shape(() => 0)}>Straight</button>
      </div>
      <${Curve} decibels=${decibels} onDraw=${draw} onSettle=${store.settle} label=${target} />
    </div>
  `;
}

function Curve({ decibels, onDraw, onSettle, label }) {
  const area = useRef();
  const before = useRef(null);
  const readout = useId();
  const [layer, setLayer] = useState(0);
  const last = decibels.length - 1;
  const here = Math.min(layer, last);
  const x = (index) => (100 * (index + 0.5)) / decibels.length;
  const y = (value) => 100 * (1 - placeOf(gainOf(value)));

  const drawTo = (event) => {
    const box = area.current.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const at = Math.min(last, Math.max(0, Math.floor(share * decibels.length)));
    const place = Math.min(1, Math.max(0.02, 1 - (event.clientY - box.top) / box.height));
    const value = bounded(decibelsOf(gainAt(place)));
    onDraw(filled(decibels, before.current ?? { at, value }, { at, value }), `curve ${label}`);
    before.current = { at, value };
    setLayer(at);
  };
  const onPointerDown = (event) => {
    area.current.setPointerCapture(event.pointerId);
    before.current = null;
    drawTo(event);
  };
  const onPointerUp = () => {
    before.current = null;
    onSettle();
  };
  const onKeyDown = (event) => {
    const along = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    const up = { ArrowUp: 0.5, ArrowDown: -0.5, PageUp: 6, PageDown: -6 }[event.key];
    if (along) {
      setLayer(Math.min(last, Math.max(0, here + along)));
    } else if (up) {
      onDraw(decibels.with(here, bounded(decibels[here] + up)));
    } else if (event.key === 'Delete') {
      onDraw(decibels.with(here, 0));
    } else {
      return;
    }
    event.preventDefault();
  };
  return html`
    <div class="curve">
      <${Scale} />
      <div
        ref=${area}
        class="curve-area"
        role="application"
        aria-roledescription="curve over layers"
        aria-label=${`${label}: left and right go from layer to layer, up and down turn`}
        aria-describedby=${readout}
        tabindex="0"
        onPointerDown=${onPointerDown}
        onPointerMove=${(event) => event.buttons === 1 && drawTo(event)}
        onPointerUp=${onPointerUp}
        onPointerCancel=${onPointerUp}
        onKeyDown=${onKeyDown}
      >
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <line class="curve-rest" x1="0" x2="100" y1=${y(0)} y2=${y(0)} />
          <polyline points=${decibels.map((value, index) => `${x(index)},${y(value)}`).join(' ')} />
        </svg>
        ${decibels.map(
          (value, index) => html`
            <i
              key=${index}
              class=${index === here ? 'here' : ''}
              style=${{ left: `${x(index)}%`, top: `${y(value)}%` }}
            />
          `,
        )}
      </div>
    </div>
    <p
      id=${readout}
      class="readout"
      aria-live="polite"
    >
      Layer ${here}: ${gainText(gainOf(decibels[here]))}
    </p>
  `;
}

/** With all layers between two points of a stroke on the line between them. */
function filled(decibels, from, to) {
  const [low, high] = from.at <= to.at ? [from, to] : [to, from];
  return decibels.map((value, layer) => {
    if (layer < low.at || layer > high.at) {
      return value;
    }
    const share = high.at === low.at ? 1 : (layer - low.at) / (high.at - low.at);
    return layer === to.at ? to.value : low.value + share * (high.value - low.value);
  });
}
