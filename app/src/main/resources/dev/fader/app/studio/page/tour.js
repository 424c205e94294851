// A first visit: what a parameter is, what a layer and a head do, and what training is, by turning
// them on the model that is there.
import { html, useEffect, useRef, useState } from './htm.js';
import { keep, kept } from './kept.js';
import { formatNumber, formatPercent, pieceText } from './parts.js';
import { faderOf, withFader } from './board-mix.js';

const SEEN = 'fader.tour';

/** Asks once whether one would like to be shown around. */
export function TourInvitation({ onStart }) {
  const [seen, setSeen] = useState(kept(SEEN) !== null);
  if (seen) {
    return null;
  }
  const dismiss = () => {
    keep(SEEN, 'seen');
    setSeen(true);
  };
  const start = () => {
    dismiss();
    onStart();
  };
  return html`
    <section class="note" aria-label="Tour">
      <span
        class="grow"
      >
        New here? In five minutes you turn a layer and a head, and see what a model is made of.
      </span>
      <button class="primary" onClick=${start}>Show me around</button>
      <button class="quiet" onClick=${dismiss}>No, thanks</button>
    </section>
  `;
}

/** The target that matters most for the prompt among those that `pattern` fits. */
function strongest(slopes, pattern, otherwise) {
  const [[target] = [otherwise]] = [...(slopes.strengths ?? [])]
    .filter(([name]) => pattern.test(name))
    .sort(([, a], [, b]) => b - a);
  return target;
}

const Leader = ({ piece, after }) =>
  html`<b>${pieceText(piece)}</b> leads with ${formatPercent(after)}`;

const STEPS = [
  {
    title: 'A model is a table of numbers',
    place: '.prompt-panel',
    Text: ({ board }) => html`
      <p>
        This one has ${formatNumber(board.parameters)} of them, its <b>parameters</b>. Nobody wrote
        them: training found them.
      </p>
      <p>
        A text goes in as <b>tokens</b>, pieces of words, which you see below the prompt. Change the
        prompt, if you like.
      </p>
    `,
  },
  {
    title: 'All it does is foretell the next token',
    place: '.next-tokens',
    Text: ({ board, likeliest }) => html`
      <p>
        From the parameters it reckons how likely each of its${' '}
        ${formatNumber(board.vocabulary)} tokens is to come next.${' '}
        ${likeliest && html`Now <${Leader} ...${likeliest} />.`}
      </p>
      <p>Click a bar to write its token, and again: that is how a model writes.</p>
    `,
  },
  {
    title: 'A layer adds something to its thought',
    place: '.desk',
    target: ({ slopes }) => strongest(slopes, /^layers\.\d+$/, 'layers.0'),
    Text: ({ board }) => html`
      <p>
        The text goes through ${board.layers} layers, one after the other. Each adds a little to
        what is there, and its fader says how much: 0 dB is as it was trained, the bottom is
        silence.
      </p>
      <p>The lamps show what matters for this prompt. Turn one, or let me:</p>
    `,
  },
  {
    title: 'A head looks back for one thing',
    place: '.open-layer',
    target: ({ slopes }) => strongest(slopes, /\.heads\./, 'layers.0.heads.0'),
    opens: true,
    Text: () => html`
      <p>
        In the attention of a layer, each <b>head</b> looks back at earlier tokens for something of
        its own: the word before, the name from the beginning, where this was said last time.
      </p>
      <p>Silence one, and what it brought is missing:</p>
    `,
  },
  {
    title: 'Training turns them all',
    place: '.toolbar',
    Text: ({ board }) => html`
      <p>
        Training is turning ${formatNumber(board.parameters)} faders at once. Wherever the
        model foretold a text badly, each is moved a very little the way that makes it less bad;
        thousands of times. At <a href="#/train">Train</a> you can watch them move by themselves.
      </p>
      <p>
        Here nothing touches the files of the model until you export. Undo goes back as far as you
        like, and A and B hold a mix each.
      </p>
      <p><a href="#/learn">Learn</a> explains every word, and begins this tour again.</p>
    `,
  },
];

/** The step that an address asks for, counted there from 1. */
export const stepOf = (asked) =>
  Math.min(STEPS.length, Math.max(1, Math.floor(Number(asked)) || 1)) - 1;

export function Tour({ step, onStep, store, board, prediction, slopes, open, onOpen }) {
  const panel = useRef();
  const { title, place, Text, target, opens } = STEPS[step];
  const turned = target?.({ slopes });
  const [held, setHeld] = useState(null);
  const aim = held ?? turned;
  const layer = aim && Number(aim.split('.')[1]);

  /** Goes to another step, with what this one silenced brought back. */
  const leave = (next) => {
    if (held) {
      store.change((mix) => withFader(mix, [held], { mute: false }));
      setHeld(null);
    }
    onStep(next);
  };
  useEffect(() => {
    if (opens) {
      onOpen(layer);
    }
  }, [opens, layer]);
  useEffect(() => {
    const shown = document.querySelector(place);
    shown?.toggleAttribute('data-toured', true);
    shown?.scrollIntoView({ block: 'nearest' });
    return () => shown?.toggleAttribute('data-toured', false);
  }, [place, open]);
  useEffect(() => panel.current.focus({ preventScroll: true }), [step]);

  const likeliest = prediction.answer?.next.reduce((a, b) => (b.after > a.after ? b : a));
  const last = step === STEPS.length - 1;
  return html`
    <section
      ref=${panel}
      class="tour panel stack"
      role="dialog"
      aria-label=${`Tour, ${step + 1} of ${STEPS.length}: ${title}`}
      tabindex="-1"
      onKeyDown=${(event) => event.key === 'Escape' && leave(null)}
    >
      <h2>${title}</h2>
      <${Text} board=${board} likeliest=${likeliest} />
      ${
        aim &&
        html`<${Turning}
          store=${store}
          target=${aim}
          prediction=${prediction}
          likeliest=${likeliest}
          onTurn=${() => setHeld(aim)}
        />`
      }
      <div class="row middle">
        <span class="dim">${step + 1} of ${STEPS.length}</span>
        <button
          class="small quiet push"
          onClick=${() => leave(null)}
        >
          ${last ? 'Done' : 'Leave the tour'}
        </button>
        ${step > 0 && html`<button class="small" onClick=${() => leave(step - 1)}>Back</button>`}
        ${
          !last &&
          html`<button
            class="small primary"
            onClick=${() => leave(step + 1)}
          >
            Next
          </button>`
        }
      </div>
    </section>
  `;
}

const nameOf = (target) => {
  const [, layer, part, number] = target.split('.');
  return part === 'heads' ? `head ${number} of layer ${layer}` : `layer ${layer}`;
};

/** Silences and brings back what a step is about, and tells what that did. */
function Turning({ store, target, prediction, likeliest, onTurn }) {
  const silent = Boolean(faderOf(store.mix, [target]).mute);
  const bits = prediction.answer?.change_bits;
  const turn = () => {
    onTurn();
    store.change((mix) => withFader(mix, [target], { mute: !silent }));
  };
  return html`
    <div class="row middle">
      <button aria-pressed=${String(silent)} onClick=${turn}>
        ${silent ? `Bring ${nameOf(target)} back` : `Silence ${nameOf(target)}`}
      </button>
      ${
        Number.isFinite(bits) &&
        bits > 0 &&
        likeliest &&
        html`
          <span class="dim">changed by ${bits.toFixed(2)} bits: <${Leader} ...${likeliest} /></span>
        `
      }
    </div>
  `;
}
