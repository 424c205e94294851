// Conversations: trees of messages, so that an edit or another answer loses nothing; and where they
// are kept.

const KEPT = 'fader.conversations';
const MOST_CONVERSATIONS = 50;
const MOST_CHARACTERS = 2_000_000; // browsers give a site 5 MB, in characters of two bytes
const TITLE_LENGTH = 60;

export const SETTINGS = { system: '', temperature: 0.8, topP: 0.95, maxTokens: 512, seed: null };

/** One side of a conversation: a model, and what was said with it; `leaf` ends what is shown. */
export const emptyPane = (model) => ({ model, nodes: {}, leaf: null });

export const newConversation = (model) => ({
  id: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`,
  changed: Date.now(),
  settings: SETTINGS,
  panes: [emptyPane(model)],
});

/** The messages up to one, the first of them first. */
export function pathTo({ nodes }, id) {
  const path = [];
  for (let node = nodes[id]; node; node = nodes[node.parent]) {
    path.unshift(node);
  }
  return path;
}

const childrenOf = ({ nodes }, parent) =>
  Object.values(nodes).filter((node) => node.parent === parent);

/** The ids of all that was said in the place of a message, itself among them. */
export const alternativesOf = (pane, node) => childrenOf(pane, node.parent).map(({ id }) => id);

/** A pane with a message more, below `parent`, and its id. */
export function withMessage(pane, parent, message) {
  const id = String(Object.keys(pane.nodes).length + 1);
  return [id, { ...pane, nodes: { ...pane.nodes, [id]: { ...message, id, parent } }, leaf: id }];
}

export const withChanges = (pane, id, changes) => ({
  ...pane,
  nodes: { ...pane.nodes, [id]: { ...pane.nodes[id], ...changes } },
});

/** A pane that shows the branch of `id`, to its newest end. */
export function showing(pane, id) {
  let leaf = id;
  for (let next = childrenOf(pane, leaf); next.length > 0; next = childrenOf(pane, leaf)) {
    leaf = next.at(-1).id;
  }
  return { ...pane, leaf };
}

export function titleOf({ panes: [{ nodes }] }) {
  const words = nodes[1]?.content.trim().slice(0, TITLE_LENGTH);
  return words || 'New conversation';
}

const isBegun = ({ panes }) => panes.some(({ leaf }) => leaf !== null);

const isUnderWay = ({ state }) => state === 'reading' || state === 'writing';

// What was being written when the page was left has stopped there.
function ended(node) {
  return isUnderWay(node) ? { ...node, state: 'stopped' } : node;
}

function mapNodes(conversation, change) {
  const panes = conversation.panes.map((pane) => ({
    ...pane,
    nodes: Object.fromEntries(Object.entries(pane.nodes).map(([id, node]) => [id, change(node)])),
  }));
  return { ...conversation, panes };
}

/** Those that are kept, the newest first. */
export function keptConversations() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? kept.map((conversation) => mapNodes(conversation, ended)) : [];
  } catch {
    return []; // written by something else
  }
}

const withoutTokens = ({ tokens, ...node }) => node;

/** As many of them, the newest first, as fit; older ones lose their tokens' likelihoods first. */
function fitting(conversations) {
  const kept = [];
  let room = MOST_CHARACTERS;
  for (const conversation of conversations.slice(0, MOST_CONVERSATIONS)) {
    const whole = JSON.stringify(conversation);
    const text =
      whole.length <= room / 2 ? whole : JSON.stringify(mapNodes(conversation, withoutTokens));
    if (text.length > room) {
      break;
    }
    kept.push(text);
    room -= text.length;
  }
  return kept;
}

/** Keeps conversations for the next visit, and says whether the browser let it. */
export function keep(conversations) {
  try {
    localStorage.setItem(KEPT, `[${fitting(conversations.filter(isBegun)).join(',')}]`);
    return true;
  } catch {
    return false; // no room, or no storage for this page
  }
}
