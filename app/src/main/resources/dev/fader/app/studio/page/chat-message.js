// One message of a conversation.
import { html, useEffect, useState } from './htm.js';
import { TextField } from './fields.js';
import { Busy, CopyButton, ErrorNote, formatNumber, formatSeconds } from './parts.js';
import { Markdown } from './markdown.js';
import { AnswerTokens } from './chat-tokens.js';

const REASONS = { length: 'ended by the limit of tokens', stop: '', stopped: 'stopped' };

/** Seconds since a moment, counted while they pass. */
function useSeconds(since) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [since]);
  return Math.max(0, (now - since) / 1000);
}

function ReadingPhase({ since }) {
  const seconds = useSeconds(since);
  return html`<${Busy}>Reading the prompt, ${formatSeconds(seconds)}<//>`;
}

function contextOf({ promptTokens, written = 0 }, context) {
  if (promptTokens === undefined) {
    return '';
  }
  // The last token that is written takes no place: nothing was read after it.
  const used = Math.min(promptTokens + written, context ?? Infinity);
  return `context ${formatNumber(used)} of ${formatNumber(context)}`;
}

/** Speed and room, live while the answer is written and by the server's clock afterwards. */
function Figures({ node: { figures, state }, context }) {
  const { first, last, written = 0 } = figures;
  const live = written > 1 && last > first ? (1000 * (written - 1)) / (last - first) : 0;
  const speed = figures.speed ?? live;
  const told = [
    written > 0 && `${formatNumber(written)} tokens`,
    speed > 0 && `${formatNumber(speed, 3)} tokens/s`,
    figures.promptSpeed > 0 && `prompt ${formatNumber(figures.promptSpeed, 3)} tokens/s`,
    contextOf(figures, context),
    REASONS[state === 'stopped' ? 'stopped' : figures.reason],
  ];
  return html`<p class="hint">${told.filter(Boolean).join(' · ')}</p>`;
}

/** Which of several messages in the same place is shown. */
function Branches({ ids, id, onShow }) {
  if (ids.length < 2) {
    return null;
  }
  const at = ids.indexOf(id);
  return html`
    <span class="branches">
      <button
        class="small quiet"
        aria-label="The one before"
        disabled=${at === 0}
        onClick=${() => onShow(ids[at - 1])}
      >
        ‹
      </button>
      ${at + 1} of ${ids.length}
      <button
        class="small quiet"
        aria-label="The one after"
        disabled=${at === ids.length - 1}
        onClick=${() => onShow(ids[at + 1])}
      >
        ›
      </button>
    </span>
  `;
}

function Editor({ text, onSave, onCancel }) {
  const [draft, setDraft] = useState(text);
  return html`
    <div class="stack">
      <${TextField}
        label="Say it otherwise; what follows stays as another branch"
        rows="3"
        value=${draft}
        onChange=${setDraft}
      />
      <div class="row">
        <button class="primary" onClick=${() => onSave(draft)}>Ask this</button>
        <button onClick=${onCancel}>Cancel</button>
      </div>
    </div>
  `;
}

export function Question({ node, branches, busy, onEdit, onShow }) {
  const [editing, setEditing] = useState(false);
  const save = (text) => {
    setEditing(false);
    onEdit(node, text);
  };
  return html`
    <li class="message question">
      <h2 class="aloud">You</h2>
      ${
        editing
          ? html`
            <${Editor} text=${node.content} onSave=${save} onCancel=${() => setEditing(false)} />
          `
          : html`
              <p class="text" dir="auto">${node.content}</p>
              <div class="row middle">
                <button class="small quiet" disabled=${busy} onClick=${() => setEditing(true)}>
                  Edit
                </button>
                <${Branches} ids=${branches} id=${node.id} onShow=${onShow} />
              </div>
            `
      }
    </li>
  `;
}

function Body({ node, chat, coloured, onBranch }) {
  const branch = onBranch && ((at, text, logprob) => onBranch(node, at, text, logprob));
  if (coloured && node.tokens?.length > 0) {
    return html`<${AnswerTokens} tokens=${node.tokens} onBranch=${branch} />`;
  }
  return chat
    ? html`<${Markdown} text=${node.content} />`
    : html`<p class="text" dir="auto">${node.content}</p>`;
}

export function AnswerMessage({
  node,
  branches,
  context,
  chat,
  coloured,
  busy,
  onAgain,
  onBranch,
  onShow,
}) {
  return html`
    <li class="message answer">
      <h2 class="aloud">Answer</h2>
      ${
        node.reasoning &&
        html`
          <details>
            <summary class="dim">Thought first</summary>
            <p class="text dim" dir="auto">${node.reasoning}</p>
          </details>
        `
      }
      <${Body}
        node=${node}
        chat=${chat}
        coloured=${coloured}
        onBranch=${busy ? undefined : onBranch}
      />
      ${node.state === 'reading' && html`<${ReadingPhase} since=${node.figures.since} />`}
      <${ErrorNote} error=${node.error} />
      <${Figures} node=${node} context=${context} />
      <div class="row middle">
        <button class="small quiet" disabled=${busy} onClick=${() => onAgain(node)}>Again</button>
        ${node.content !== '' && html`<${CopyButton} text=${node.content} />`}
        <${Branches} ids=${branches} id=${node.id} onShow=${onShow} />
      </div>
    </li>
  `;
}
