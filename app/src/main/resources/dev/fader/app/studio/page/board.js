// The mixing board: the prompt and its next token, the desk, and what can be done with a mix.
import { html, useEffect, useMemo } from './htm.js';
import { Answer, useAnswer, useWork } from './ask.js';
import { ErrorNote, ModelPicker, useHashQuery } from './parts.js';
import { NextTokens } from './board-bars.js';
import { factorsOf, isNeutral, mixSummary, NEUTRAL, readMix } from './board-mix.js';
import { ghostsOf, usePrediction, useSlopes } from './board-predict.js';
import { PromptPanel } from './board-prompt.js';
import { loadScene } from './board-steer.js';
import { useBoardStore } from './board-store.js';
import { Desk } from './board-strips.js';
import { BoardTools } from './board-tools.js';
import { stepOf, Tour, TourInvitation } from './tour.js';

export default function Board() {
  const [{ model }, setQuery] = useHashQuery();
  return html`
    <div class="row">
      <h1 class="aloud">Board</h1>
      <${ModelPicker}
        value=${model}
        onChange=${(name) => setQuery({ model: name, layer: null, head: null })}
      />
    </div>
    ${model && html`<${OpenBoard} key=${model} model=${model} />`}
  `;
}

function OpenBoard({ model }) {
  const asked = useAnswer('/studio/api/board', { model });
  return html`
    <${Answer} of=${asked} words=${`Opening ${model}`}>
      ${(board) => html`<${Mixer} model=${model} board=${board} />`}
    <//>
  `;
}

function Mixer({ model, board }) {
  const store = useBoardStore(model, board);
  const [{ layer, head, text, scene, tour }, setQuery] = useHashQuery();
  const loading = useWork();
  const { mix, prompt } = store;
  const prediction = usePrediction({ model, prompt, mix });
  const { answer, input } = prediction;
  const slopes = useSlopes({ model, prompt, board, prediction });
  const factors = useMemo(() => factorsOf(mix, board), [mix, board]);
  const moving = input?.mix !== mix;
  const ghosts = useMemo(
    () => (moving && slopes.slopes ? ghostsOf(slopes, factors) : null),
    [moving, slopes, factors],
  );
  const tokens = prompt.tokens ?? answer?.tokens ?? [];

  useEffect(() => {
    if (text) {
      store.setText(text);
      setQuery({ text: null });
    }
  }, [text]);
  useEffect(() => {
    if (scene) {
      loading
        .run((signal) => loadScene(scene, signal))
        .then((mix) => {
          if (mix) {
            const read = readMix(JSON.stringify(mix));
            store.change(() => read);
            setQuery({ scene: null });
          }
        });
    }
  }, [scene]);
  useEffect(() => {
    if (head) {
      const group = document.querySelector(`[aria-label="head ${Number(head)} of layer ${Number(layer)}"]`);
      group?.scrollIntoView({ block: 'center' });
      group?.querySelector('.slider').focus();
      setQuery({ head: null });
    }
  }, [head, layer]);
  useKeys(store);

  const opened = layerOf(layer, board);
  const open = (next) => setQuery({ layer: next });
  const write = ({ id, piece }) =>
    store.branchTo(
      {
        text: prompt.text + (board.tokenizer ? piece : ` ${id}`),
        tokens: [...tokens, { id, piece }],
      },
      { text: prompt.text, tokens },
    );
  const goTo = (step) => {
    setQuery({ tour: step === null ? null : step + 1 });
    if (step === null) {
      document.querySelector('.prompt-panel textarea')?.focus({ preventScroll: true });
    }
  };
  return html`
    ${!tour && html`<${TourInvitation} onStart=${() => goTo(0)} />`}
    <div class="board">
      <div class="board-side">
        <${PromptPanel}
          model=${model}
          store=${store}
          board=${board}
          tokens=${tokens}
          error=${isOfPrompt(prediction.error) ? prediction.error : undefined}
        />
        <${NextTokens}
          prediction=${prediction}
          error=${isOfPrompt(prediction.error) ? undefined : prediction.error}
          stale=${moving}
          ghosts=${ghosts}
          layers=${board.layers}
          onWrite=${write}
          onUndo=${store.canUndo ? store.undo : undefined}
        />
      </div>
      <div class="stack board-desk">
        <${ErrorNote} error=${scene && loading.error} />
        <${Toolbar} store=${store} />
        <${Desk}
          store=${store}
          board=${board}
          factors=${factors}
          slopes=${slopes}
          open=${opened}
          onOpen=${open}
        />
        <${BoardTools}
          model=${model}
          board=${board}
          store=${store}
          slopes=${slopes}
          onOpen=${open}
        />
      </div>
    </div>
    ${
      tour &&
      html`
      <${Tour}
        step=${stepOf(tour)}
        onStep=${goTo}
        store=${store}
        board=${board}
        prediction=${prediction}
        slopes=${slopes}
        open=${opened}
        onOpen=${open}
      />
    `
    }
  `;
}

const isOfPrompt = (error) => error?.field === 'text' || error?.field === 'tokens';

/** The layer that an address opens. */
function layerOf(asked, { layers }) {
  const layer = Number(asked);
  return asked && Number.isInteger(layer) && layer >= 0 && layer < layers ? layer : null;
}

function Toolbar({ store }) {
  const { slot, mix } = store;
  const other = slot === 'A' ? 'B' : 'A';
  return html`
    <div class="row middle toolbar" role="toolbar" aria-label="Mix">
      <button onClick=${store.undo} disabled=${!store.canUndo} title="Ctrl+Z">Undo</button>
      <button onClick=${store.redo} disabled=${!store.canRedo} title="Ctrl+Shift+Z">Redo</button>
      <span class="slots" role="group" aria-label="Which of two mixes">
        ${['A', 'B'].map(
          (name) => html`
            <button
              key=${name}
              aria-pressed=${String(name === slot)}
              title=${`Key ${name}: ${mixSummary(store.mixes[name])}`}
              onClick=${() => store.switchTo(name)}
            >
              ${name}
            </button>
          `,
        )}
      </span>
      <button onClick=${() => store.copyTo(other)}>Copy to ${other}</button>
      <button
        onClick=${() => store.change(() => NEUTRAL)}
        disabled=${isNeutral(mix)}
      >
        Reset all
      </button>
      <span class="dim push">${mixSummary(mix)}</span>
    </div>
  `;
}

const isWritten = ({ tagName, type }) =>
  tagName === 'TEXTAREA' || tagName === 'SELECT' || (tagName === 'INPUT' && type !== 'range');

/** The keys of the board, where they are not letters of a text. */
function useKeys(store) {
  useEffect(() => {
    const onKeyDown = (event) => {
      if (isWritten(event.target) || event.altKey) {
        return;
      }
      const key = event.key.toLowerCase();
      const commanded = event.ctrlKey || event.metaKey;
      if (commanded && (key === 'z' || key === 'y')) {
        event.preventDefault();
        (key === 'y' || event.shiftKey ? store.redo : store.undo)();
      } else if (
        !commanded &&
        (key === 'a' || key === 'b') &&
        !document.querySelector('dialog[open]')
      ) {
        store.switchTo(key.toUpperCase());
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
