// The prompt: a text, the tokens that it is, and the ways that were left.
import { html } from './htm.js';
import { Field, Piece, screenAddress } from './parts.js';

const MOST_SHOWN = 120;

/** The text of a prompt whose last tokens are taken away. */
function shortened(text, tokens, count) {
  const dropped = tokens
    .slice(count)
    .map(({ piece }) => piece)
    .join('');
  return text.endsWith(dropped)
    ? text.slice(0, text.length - dropped.length)
    : tokens
        .slice(0, count)
        .map(({ piece }) => piece)
        .join('');
}

/** Ids as they are typed for a model without a tokenizer. */
const typedIds = (text) => (text.match(/\d+/g) ?? []).map((id) => ({ id: Number(id), piece: id }));

export function PromptPanel({ model, store, board, tokens, error }) {
  const { prompt, branches } = store;
  const here = { text: prompt.text, tokens };
  const rewind = (count) =>
    store.branchTo(
      { text: shortened(prompt.text, tokens, count), tokens: tokens.slice(0, count) },
      here,
    );
  const typed = (text) => {
    if (board.tokenizer) {
      store.setText(text);
    } else {
      store.setIds(text, typedIds(text));
    }
  };
  return html`
    <section class="panel stack prompt-panel" aria-label="Prompt">
      <${Field}
        label=${board.tokenizer ? 'Prompt' : 'Prompt: ids of tokens, as there is no tokenizer'}
        error=${error?.message}
      >
        ${(named) => html`
          <textarea
            ...${named}
            rows="3"
            spellcheck="false"
            value=${prompt.text}
            onInput=${(event) => typed(event.target.value)}
          />
        `}
      <//>
      <${Tokens} tokens=${tokens} onRewind=${rewind} />
      ${
        board.tokenizer &&
        html`<a href=${screenAddress('trace', { model, text: prompt.text })}>
          What goes on inside with this text
        </a>`
      }
      ${
        branches.length > 0 &&
        html`<${Branches}
          branches=${branches}
          onBranch=${(branch) => store.branchTo(branch, here)}
        />`
      }
    </section>
  `;
}

function Tokens({ tokens, onRewind }) {
  const unseen = Math.max(0, tokens.length - MOST_SHOWN);
  return html`
    <div
      class="row middle tight"
      role="group"
      aria-label=${`${tokens.length} tokens; each one rewinds to it`}
    >
      ${unseen > 0 && html`<span class="dim">${unseen} before …</span>`}
      ${tokens.slice(unseen).map(
        ({ id, piece }, i) => html`
          <button
            key=${unseen + i}
            class="token"
            title=${`token ${id}`}
            disabled=${unseen + i === tokens.length - 1}
            onClick=${() => onRewind(unseen + i + 1)}
          >
            <${Piece} text=${piece} length=${24} />
          </button>
        `,
      )}
      <span class="dim">
        ${tokens.length > 0 && `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`}
      </span>
    </div>
  `;
}

const TAIL = 28;

function Branches({ branches, onBranch }) {
  return html`
    <div class="row middle tight" role="group" aria-label="Branches that were left">
      <span class="dim">Back to</span>
      ${branches.map(
        (branch, i) => html`
          <button key=${i} class="small" onClick=${() => onBranch(branch)}>
            … <${Piece} text=${branch.text.slice(-TAIL)} length=${TAIL} />
          </button>
        `,
      )}
    </div>
  `;
}
