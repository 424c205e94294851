// All that is turned in the mix, whatever turned it, and what would matter most.
import { html, useState } from './htm.js';
import { Field, NumberField, formatNumber } from './parts.js';
import { gainOf, gainText, readGain, stepped } from './fader.js';
import {
  faderOf,
  isNeutral,
  withCell,
  withFader,
  withoutCell,
  withoutFader,
  withoutSteering,
  withStrength,
} from './board-mix.js';

const FIRST_GAIN = gainOf(-6);
const MOST_SHOWN = 8;
const STRONGEST = 5;
const TARGETS =
  'layers.0-5.heads.*, layers.3.neurons.7, embedding.42, adapters.0, tensors.NAME[ROW]; ' +
  'with spaces between them, a group';

export function MixList({ store, slopes, onOpen }) {
  return html`
    <div class="columns">
      <div class="stack">
        <h3>In this mix</h3>
        <${Turned} store=${store} />
        <${TurnMore} store=${store} />
      </div>
      <div class="stack">
        <h3>What matters most for this prompt</h3>
        <${Strongest} store=${store} slopes=${slopes} onOpen=${onOpen} />
      </div>
    </div>
  `;
}

function Turned({ store }) {
  const { mix } = store;
  if (isNeutral(mix)) {
    return html`<p class="note">Nothing yet. Move a fader, and it stands here with its number.</p>`;
  }
  return html`
    <ul class="turned-list">
      ${mix.faders.map(
        (fader, at) => html`<${TurnedFader}
          key=${fader.targets.join(' ')}
          store=${store}
          fader=${fader}
          at=${at}
        />`,
      )}
      ${mix.steering.map(
        (steering, at) => html`<${TurnedSteering}
          key=${`steering ${at}`}
          store=${store}
          steering=${steering}
          at=${at}
        />`,
      )}
      ${mix.cells.map(
        (cell) =>
          html`<${TurnedCell}
            key=${`${cell.tensor} ${cell.row} ${cell.column}`}
            store=${store}
            cell=${cell}
          />`,
      )}
    </ul>
  `;
}

function Removable({ title, onRemove, children }) {
  return html`
    <li>
      <span class="turned-title">${title}</span>
      ${children}
      <button
        class="small quiet"
        aria-label=${`Remove ${title}`}
        onClick=${onRemove}
      >
        Remove
      </button>
    </li>
  `;
}

function TurnedFader({ store, fader, at }) {
  const { targets, curve, gain = 1, mute = false, solo = false, name } = fader;
  const title = `${name ? `${name}: ` : ''}${targets.join(' ')}`;
  const turn = (changes) => store.change((mix) => withFader(mix, targets, changes));
  return html`
    <${Removable} title=${title} onRemove=${() => store.change((mix) => withoutFader(mix, at))}>
      ${
        curve
          ? html`<span class="dim">curve of ${Object.keys(curve).length} points</span>`
          : html`
            <${NumberField}
              label=${`Gain of ${title}`}
              hideLabel
              value=${gain}
              step=${0.5}
              text=${gainText}
              read=${readGain}
              stepped=${stepped}
              onChange=${(next) => turn({ gain: next })}
            />
          `
      }
      <button
        class="key mute"
        aria-pressed=${String(mute)}
        aria-label=${`Mute ${title}`}
        onClick=${() => turn({ mute: !mute })}
      >
        M
      </button>
      <button
        class="key solo"
        aria-pressed=${String(solo)}
        aria-label=${`Solo ${title}`}
        onClick=${() => turn({ solo: !solo })}
      >
        S
      </button>
    <//>
  `;
}

export function TurnedSteering({ store, steering, at }) {
  const { layers, strength = 1 } = steering;
  const title = `steering vector before layer ${layers}`;
  const turn = (next, gesture = null) =>
    store.change((mix) => withStrength(mix, at, next), gesture);
  return html`
    <${Removable} title=${title} onRemove=${() => store.change((mix) => withoutSteering(mix, at))}>
      <input
        type="range"
        class="strength"
        min=${-STRONGEST}
        max=${STRONGEST}
        step="0.05"
        value=${strength}
        aria-label=${`Strength of the ${title}`}
        onInput=${(event) => turn(Number(event.target.value), `steering ${at}`)}
        onChange=${() => store.settle()}
        onDblClick=${() => turn(0)}
      />
      <${NumberField}
        label=${`Strength of the ${title}, number`}
        hideLabel
        value=${strength}
        step=${0.5}
        onChange=${(next) => turn(next)}
      />
    <//>
  `;
}

function TurnedCell({ store, cell }) {
  const title = `${cell.tensor}[${cell.row}][${cell.column}]`;
  return html`
    <${Removable} title=${title} onRemove=${() => store.change((mix) => withoutCell(mix, cell))}>
      <${NumberField}
        label=${`Value of ${title}`}
        hideLabel
        value=${cell.value}
        step=${0.01}
        text=${(value) => formatNumber(value, 6)}
        onChange=${(value) => store.change((mix) => withCell(mix, { ...cell, value }))}
      />
    <//>
  `;
}

/** A fader for anything that a mix can turn. */
function TurnMore({ store }) {
  const [typed, setTyped] = useState('');
  const targets = typed.trim().split(/\s+/);
  const add = (event) => {
    event.preventDefault();
    const there = store.mix.faders.some((fader) => fader.targets.join(' ') === targets.join(' '));
    if (typed.trim() && !there) {
      store.change((mix) =>
        withFader(mix, targets, { ...faderOf(mix, targets), gain: FIRST_GAIN }),
      );
    }
    setTyped('');
  };
  return html`
    <form class="row" onSubmit=${add}>
      <div class="grow">
        <${Field}
          label="Turn something else"
          hint=${TARGETS}
        >
          ${(named) => html`
            <input
              ...${named}
              class="wide"
              spellcheck="false"
              value=${typed}
              onInput=${(event) => setTyped(event.target.value)}
            />
          `}
        <//>
      </div>
      <button disabled=${typed.trim() === ''}>Add at −6 dB</button>
    </form>
  `;
}

/** A target in words: what `layers.3.heads.5` is. */
function targetWords(target) {
  const [, layer, part, number] = target.split('.');
  const words = { heads: 'head', experts: 'expert' };
  return part
    ? `${words[part] ?? part} ${number ?? ''} of layer ${layer}`.replace(/ +/g, ' ')
    : `layer ${layer}`;
}

function Strongest({ store, slopes, onOpen }) {
  if (slopes.error) {
    return html`<p class="note">${slopes.error.message}</p>`;
  }
  if (!slopes.strengths) {
    return html`<p class="dim">Reckoned as soon as the faders rest.</p>`;
  }
  const strongest = [...slopes.strengths]
    .filter(([target]) => target.split('.').length > 2)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_SHOWN);
  const turn = (target, gain) =>
    store.change((mix) => withFader(mix, [target], { gain, mute: false }));
  return html`
    <ol class="turned-list">
      ${strongest.map(
        ([target]) => html`
          <li key=${target}>
            <span
              class="lamp"
              style=${{ '--light': slopes.lights.get(target).toFixed(3) }}
              aria-hidden="true"
            />
            <button
              class="small quiet turned-title"
              onClick=${() => onOpen(Number(target.split('.')[1]))}
            >
              ${targetWords(target)}
            </button>
            <button
              class="small"
              onClick=${() => turn(target, 0)}
            >
              Silence<span class="aloud"> ${targetWords(target)}</span>
            </button>
            <button
              class="small"
              onClick=${() => turn(target, 2)}
            >
              Double<span class="aloud"> ${targetWords(target)}</span>
            </button>
          </li>
        `,
      )}
    </ol>
    <p class="hint">
      By how much the likeliest tokens move with each: the slope of their log-probability, weighed
      by how likely they are. The lamps over the faders show the same.
    </p>
  `;
}
