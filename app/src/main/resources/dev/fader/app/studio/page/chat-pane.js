// One model's side of a conversation.
import { html, useEffect, useMemo, useRef } from './htm.js';
import { Busy, ErrorNote, ModelPicker } from './parts.js';
import { AnswerMessage, Question } from './chat-message.js';
import { alternativesOf, pathTo } from './chat-conversation.js';

/** Stays at the end of what is written, unless the reader has scrolled up. */
function useFollowing(changes) {
  const list = useRef();
  const following = useRef(true);
  useEffect(() => {
    if (following.current) {
      list.current.scrollTop = list.current.scrollHeight;
    }
  }, [changes]);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = list.current;
    following.current = scrollHeight - scrollTop - clientHeight < 48;
  };
  return { ref: list, onScroll };
}

/** A message that did not change is not made again, however long the conversation. */
function Message({ node, branches, actions, ...shown }) {
  const { chat, context, coloured, busy } = shown;
  const kind = node.role === 'user' ? Question : AnswerMessage;
  return useMemo(
    () => html`<${kind} node=${node} branches=${branches} ...${shown} ...${actions} />`,
    [node, branches.length, chat, context, coloured, busy],
  );
}

function Nothing({ shape }) {
  if (!shape) {
    return html`<${Busy}>Opening the model<//>`;
  }
  return html`
    <p class="hint">
      ${
        shape.chat
          ? 'Ask something. What you write and what it answers stays in this browser.'
          : 'This model has no chat template: it continues texts. Begin one, and it goes on.'
      }
    </p>
  `;
}

export function Pane({ label, pane, opened, coloured, actions, onModel, onClose }) {
  const { shape, error, again } = opened;
  const path = pathTo(pane, pane.leaf);
  const last = path.at(-1);
  const busy = last?.state === 'reading' || last?.state === 'writing';
  const following = useFollowing(last?.content);
  return html`
    <section class="panel pane" aria-label=${label}>
      <div class="row">
        <${ModelPicker} label=${label} value=${pane.model} onChange=${onModel} />
        ${onClose && html`<button class="push" onClick=${onClose}>Close</button>`}
      </div>
      <${ErrorNote} error=${error} retry=${again} />
      ${
        shape &&
        !shape.chat &&
        path.length > 0 &&
        html`<p class="hint">No chat template: it continues the text.</p>`
      }
      <ol class="plain-list messages" tabindex="0" aria-label="Messages" ...${following}>
        ${path.length === 0 && !error && html`<li><${Nothing} shape=${shape} /></li>`}
        ${path.map(
          (node) => html`
            <${Message}
              key=${node.id}
              node=${node}
              branches=${alternativesOf(pane, node)}
              chat=${shape?.chat ?? true}
              context=${shape?.context}
              coloured=${coloured}
              busy=${busy || !shape}
              actions=${actions}
            />
          `,
        )}
      </ol>
    </section>
  `;
}
