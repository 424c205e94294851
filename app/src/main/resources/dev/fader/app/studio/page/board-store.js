// What is turned on the board of each model: two mixes, each with all that can be undone, and the
// prompt. It outlives the screen, and a reload of the page.
import { useEffect, useMemo, useReducer } from './htm.js';
import { NEUTRAL, readMix } from './board-mix.js';

const SLOTS = ['A', 'B'];
const MOST_BRANCHES = 12;

const keyOf = (model) => `fader.board.${model}`;
const boards = new Map();
const listeners = new Set();

// Past and future are chains, so that a step costs the same after a thousand others.
const historyOf = (mix) => ({ mix, past: null, future: null, gesture: null });

/** A model that has faders turned begins with them, and B without. */
function initial({ mix, prompt }) {
  const start = mix ? readMix(JSON.stringify(mix)) : NEUTRAL;
  return {
    slot: 'A',
    histories: { A: historyOf(start), B: historyOf(NEUTRAL) },
    prompt: { text: prompt },
    branches: [],
  };
}

function restored(model, board) {
  try {
    const { slot, mixes, prompt } = JSON.parse(sessionStorage.getItem(keyOf(model)));
    return {
      ...initial(board),
      slot: SLOTS.includes(slot) ? slot : 'A',
      histories: Object.fromEntries(
        SLOTS.map((name) => [name, historyOf(readMix(JSON.stringify(mixes[name])))]),
      ),
      prompt: typeof prompt.text === 'string' ? prompt : { text: board.prompt },
    };
  } catch {
    return initial(board); // nothing was kept, or by another version of the page
  }
}

const boardOf = (model) => boards.get(model);

function keep(model) {
  const { slot, histories, prompt } = boardOf(model);
  const mixes = Object.fromEntries(SLOTS.map((name) => [name, histories[name].mix]));
  try {
    sessionStorage.setItem(keyOf(model), JSON.stringify({ slot, mixes, prompt }));
  } catch {
    sessionStorage.removeItem(keyOf(model)); // too large to keep: long vectors
  }
}

addEventListener('pagehide', () => [...boards.keys()].forEach(keep));

/* ---- histories ---- */

/** A change; those of one gesture, such as dragging a fader, are undone together. */
function changed(history, mix, gesture) {
  if (mix === history.mix) {
    return history;
  }
  return gesture !== null && gesture === history.gesture
    ? { ...history, mix }
    : { mix, past: { mix: history.mix, next: history.past }, future: null, gesture };
}

const settled = (history) => (history.gesture === null ? history : { ...history, gesture: null });

const undone = ({ mix, past, future }) => ({
  mix: past.mix,
  past: past.next,
  future: { mix, next: future },
  gesture: null,
});

const redone = ({ mix, past, future }) => ({
  mix: future.mix,
  past: { mix, next: past },
  future: future.next,
  gesture: null,
});

/* ---- the board ---- */

/** The state of a model's board, and what can be done to it. `board` is what the model is made of. */
export function useBoardStore(model, board) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    listeners.add(again);
    return () => listeners.delete(again);
  }, []);

  if (!boards.has(model)) {
    boards.set(model, restored(model, board));
  }
  const state = boardOf(model);
  const actions = useMemo(() => actionsOf(model), [model]);
  const history = state.histories[state.slot];
  return {
    ...actions,
    slot: state.slot,
    mix: history.mix,
    mixes: Object.fromEntries(SLOTS.map((name) => [name, state.histories[name].mix])),
    canUndo: history.past !== null,
    canRedo: history.future !== null,
    prompt: state.prompt,
    branches: state.branches,
  };
}

function actionsOf(model) {
  const put = (changes) => {
    boards.set(model, { ...boardOf(model), ...changes });
    listeners.forEach((listener) => listener());
  };
  const turn = (slot, next) => {
    const { histories } = boardOf(model);
    const history = next(histories[slot]);
    if (history !== histories[slot]) {
      put({ histories: { ...histories, [slot]: history } });
    }
  };
  const here = () => boardOf(model).slot;
  return {
    /** Changes the mix by `edit`, a function of it; changes of the same `gesture` are one step. */
    change(edit, gesture = null) {
      turn(here(), (history) => changed(history, edit(history.mix), gesture));
    },
    /** Ends a gesture. */
    settle() {
      turn(here(), settled);
    },
    undo() {
      turn(here(), (history) => (history.past ? undone(history) : history));
    },
    redo() {
      turn(here(), (history) => (history.future ? redone(history) : history));
    },
    switchTo(slot) {
      put({ slot });
    },
    /** Puts the mix of this slot into the other. */
    copyTo(slot) {
      const { mix } = boardOf(model).histories[here()];
      turn(slot, (history) => changed(history, mix, null));
    },
    /** Another text to go on with. */
    setText(text) {
      put({ prompt: { text }, branches: [] });
    },
    /** Another line of tokens to go on with, for models that read no text. */
    setIds(text, tokens) {
      put({ prompt: { text, tokens }, branches: [] });
    },
    /** Goes to a prompt of `{ text, tokens }`, and keeps the one that is left to come back to. */
    branchTo(prompt, from) {
      const others = boardOf(model).branches.filter(
        ({ tokens }) => !isStartOf(tokens, from.tokens) && !isStartOf(tokens, prompt.tokens),
      );
      const branches = isStartOf(from.tokens, prompt.tokens) ? others : [...others, from];
      put({ prompt, branches: branches.slice(-MOST_BRANCHES) });
    },
  };
}

/** Whether a line of tokens is how another begins. */
const isStartOf = (start, tokens) =>
  start.length <= tokens.length && start.every(({ id }, i) => id === tokens[i].id);
