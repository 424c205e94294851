// The desk: a strip for each layer, masters for all of them, and the parts of an open layer.
import { html, useEffect, useMemo, useRef } from './htm.js';
import { decibelsOf, Fader, gainOf, Scale } from './fader.js';
import { faderOf, withFader } from './board-mix.js';

const NEURON_GROUPS = 16;
const MOST_CURVE = 200;

/** Where a fader stands; that of a curve is its mean. */
function standing({ gain = 1, curve }) {
  if (!curve) {
    return gain;
  }
  const decibels = Object.values(curve);
  return gainOf(decibels.reduce((sum, value) => sum + value, 0) / decibels.length);
}

/** A curve as far up as a gain asks for, with its shape kept. */
function lifted(curve, gain) {
  const by = Math.max(-MOST_CURVE, decibelsOf(gain)) - decibelsOf(standing({ curve }));
  return Object.fromEntries(
    Object.entries(curve).map(([layer, value]) => [
      layer,
      Math.min(MOST_CURVE, Math.max(-MOST_CURVE, value + by)),
    ]),
  );
}

/** What is turned by one fader of the desk, with how it stands in the mix. */
function MixFader({ store, targets, label, title, factors, lights, small, solo = true }) {
  const fader = faderOf(store.mix, targets);
  const gain = standing(fader);
  const turn = (changes, gesture) =>
    store.change((mix) => withFader(mix, targets, changes), gesture);
  const onGain = (next, { done }) => {
    if (next !== gain) {
      turn(
        fader.curve ? { curve: lifted(fader.curve, next) } : { gain: next },
        done ? null : targets.join(' '),
      );
    }
    if (done) {
      store.settle();
    }
  };
  return html`
    <${Fader}
      label=${label}
      title=${title}
      gain=${gain}
      total=${factors?.get(targets[0])}
      muted=${fader.mute}
      soloed=${fader.solo}
      light=${lights?.get(targets[0])}
      small=${small}
      onGain=${onGain}
      onMute=${() => turn({ mute: !fader.mute })}
      onSolo=${solo ? () => turn({ solo: !fader.solo }) : undefined}
    />
  `;
}

/** The factors of layers: those of their branches, where both are the same. */
function withLayers(factors, layers) {
  const all = new Map(factors);
  for (let layer = 0; layer < layers; layer++) {
    const attention = factors.get(`layers.${layer}.attention`);
    if (attention === factors.get(`layers.${layer}.feed-forward`)) {
      all.set(`layers.${layer}`, attention);
    }
  }
  return all;
}

export function Desk({ store, board, factors, slopes, open, onOpen }) {
  const all = useMemo(() => withLayers(factors, board.layers), [factors, board]);
  const common = { store, factors: all, lights: slopes.lights };
  // Who opens a layer by keyboard goes on in it, and comes back by Escape.
  const byKey = useRef(false);
  const turnOver = (layer, { detail }) => {
    byKey.current = detail === 0 && layer !== open;
    onOpen(layer === open ? null : layer);
  };
  useEffect(() => {
    if (open !== null && byKey.current) {
      document.querySelector('.open-layer .slider')?.focus();
    }
    byKey.current = false;
  }, [open]);
  const close = () => {
    const strip = document.querySelector(`.strip[data-layer="${open}"]`);
    onOpen(null);
    strip?.querySelector('button[aria-expanded]')?.focus();
  };
  return html`
    <div class="desk">
      <${Scale} />
      <div class="strips" role="group" aria-label="Layers, from the first to the last">
        ${Array.from({ length: board.layers }, (_, layer) => layer).map(
          (layer) => html`
            <div key=${layer} class=${layer === open ? 'strip open' : 'strip'} data-layer=${layer}>
              <${MixFader}
                ...${common}
                targets=${[`layers.${layer}`]}
                label=${`Layer ${layer}`}
                title=${String(layer)}
              />
              <button
                class="small"
                aria-expanded=${String(layer === open)}
                aria-label=${`${layer === open ? 'Close' : 'Open'} layer ${layer}`}
                onClick=${(event) => turnOver(layer, event)}
              >
                ${layer === open ? 'Close' : 'Open'}
              </button>
            </div>
          `,
        )}
      </div>
      <${Masters} store=${store} board=${board} />
    </div>
    <p class="hint desk-keys">
      On a fader: arrows turn it, digits type a number, <kbd>M</kbd> mutes, <kbd>S</kbd> solos,${' '}
      <kbd>Delete</kbd> resets. <kbd>A</kbd> and <kbd>B</kbd> switch mixes,${' '}
      <kbd>Ctrl</kbd> <kbd>Z</kbd> takes back.
    </p>
    ${
      open !== null &&
      html`<${OpenLayer}
        ...${common}
        board=${board}
        layer=${open}
        onClose=${close}
      />`
    }
  `;
}

const MASTERS = [
  { target: 'layers.*', label: 'All layers', title: 'All' },
  { target: 'layers.*.attention', label: 'All attentions', title: 'Attn' },
  { target: 'layers.*.feed-forward', label: 'All feed-forwards', title: 'FFN' },
];

function Masters({ store, board }) {
  const adapters = board.adapters.map((name, i) => ({
    target: `adapters.${i}`,
    label: `Adapter ${name}`,
    title: name,
  }));
  return html`
    <div class="masters" role="group" aria-label="Masters">
      ${[...MASTERS, ...adapters].map(
        ({ target, label, title }) => html`
          <div key=${target} class="strip">
            <${MixFader} store=${store} targets=${[target]} label=${label} title=${title} />
          </div>
        `,
      )}
    </div>
  `;
}

/** Neurons in groups that a hand can turn. */
function neuronGroups(neurons) {
  const size = Math.max(1, Math.ceil(neurons / NEURON_GROUPS));
  return Array.from({ length: Math.ceil(neurons / size) }, (_, i) => {
    const [first, last] = [i * size, Math.min(neurons, (i + 1) * size) - 1];
    return first === last ? String(first) : `${first}-${last}`;
  });
}

const numbers = (count) => Array.from({ length: count }, (_, i) => String(i));

function OpenLayer({ store, board, layer, onClose, ...common }) {
  const at = `layers.${layer}`;
  const onKeyDown = (event) => {
    if (event.key === 'Escape' && !event.target.matches('.gain')) {
      onClose();
    }
  };
  const parts = [
    {
      branch: 'attention',
      title: 'Attention',
      part: 'heads',
      one: 'head',
      selections: numbers(board.heads),
    },
    {
      branch: 'feed-forward',
      title: 'Feed-forward',
      part: 'neurons',
      one: 'neurons',
      selections: neuronGroups(board.neurons[layer] ?? 0),
    },
    {
      part: 'experts',
      title: 'Experts',
      one: 'expert',
      selections: numbers(board.experts[layer] ?? 0),
    },
  ].filter(({ selections, branch }) => branch || selections.length > 0);
  return html`
    <section
      class="open-layer panel stack"
      aria-label=${`Parts of layer ${layer}`}
      onKeyDown=${onKeyDown}
    >
      <div class="row middle">
        <h2>Layer ${layer}</h2>
        <button class="small push" onClick=${onClose}>Close</button>
      </div>
      ${parts.map(
        ({ branch, title, part, one, selections }) => html`
          <div key=${part} class="branch">
            <h3>${title}</h3>
            <div class="branch-faders">
              ${
                branch &&
                html`
                <div class="strip">
                  <${MixFader}
                    ...${common}
                    store=${store}
                    targets=${[`${at}.${branch}`]}
                    label=${`${title} of layer ${layer}`}
                    title=${title}
                  />
                </div>
              `
              }
              ${
                selections.length > 1 &&
                html`
                <div class="strip">
                  <${MixFader}
                    store=${store}
                    targets=${[`${at}.${part}.*`]}
                    label=${`All ${part} of layer ${layer}`}
                    title=${`All ${part}`}
                    solo=${false}
                  />
                </div>
              `
              }
              <div class="small-faders">
                ${selections.map(
                  (selection) => html`
                    <${MixFader}
                      key=${selection}
                      ...${common}
                      store=${store}
                      targets=${[`${at}.${part}.${selection}`]}
                      label=${`${one} ${selection} of layer ${layer}`}
                      title=${selection}
                      small
                    />
                  `,
                )}
              </div>
            </div>
          </div>
        `,
      )}
    </section>
  `;
}
