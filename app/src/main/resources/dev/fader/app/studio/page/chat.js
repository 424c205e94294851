// Chat: conversations with any model that is served, two of them side by side if wanted.
import { html, useCallback, useEffect, useMemo, useRef, useState } from './htm.js';
import { useShape } from './ask.js';
import { Check, TextField } from './fields.js';
import { NumberField, say, useHashQuery } from './parts.js';
import { Pane } from './chat-pane.js';
import {
  emptyPane,
  keep,
  keptConversations,
  newConversation,
  pathTo,
  showing,
  titleOf,
  withMessage,
} from './chat-conversation.js';
import { useWriter } from './chat-writer.js';

const SAVE_MILLIS = 700;

/** The conversations, one of which is open; kept a moment after they change. */
function useConversations(model) {
  const [all, setAll] = useState(() => {
    const kept = keptConversations();
    return [newConversation(model ?? ''), ...kept];
  });
  const [openId, setOpenId] = useState(all[0].id);
  const [kept, setKept] = useState(true);
  const open = all.find(({ id }) => id === openId) ?? all[0];

  useEffect(() => {
    const timer = setTimeout(() => setKept(keep(all)), SAVE_MILLIS);
    return () => clearTimeout(timer);
  }, [all]);

  // What is written when the page is left is kept as well.
  const latest = useRef(all);
  latest.current = all;
  useEffect(() => {
    const keepNow = () => keep(latest.current);
    addEventListener('pagehide', keepNow);
    return () => {
      removeEventListener('pagehide', keepNow);
      keepNow();
    };
  }, []);

  const change = useCallback(
    (update) =>
      setAll((before) =>
        before.map((one) => (one.id === openId ? { ...update(one), changed: Date.now() } : one)),
      ),
    [openId],
  );
  const begin = () => {
    const fresh = newConversation(open.panes[0].model);
    setAll([fresh, ...all]);
    setOpenId(fresh.id);
  };
  const remove = (gone) => {
    const left = all.filter(({ id }) => id !== gone);
    const next = left.length > 0 ? left : [newConversation(open.panes[0].model)];
    setAll(next);
    if (gone === openId) {
      setOpenId(next[0].id);
    }
  };
  return { all, open, kept, change, begin, remove, choose: setOpenId };
}

function ConversationList({ conversations, openId, onChoose, onBegin, onRemove }) {
  return html`
    <div class="stack">
      <button onClick=${onBegin}>New conversation</button>
      <ul class="plain-list conversations">
        ${conversations.map(
          (conversation) => html`
            <li key=${conversation.id}>
              <button
                class="quiet small long-name"
                aria-current=${conversation.id === openId ? 'true' : undefined}
                onClick=${() => onChoose(conversation.id)}
              >
                <bdi>${titleOf(conversation)}</bdi>
              </button>
              <button
                class="quiet small"
                aria-label=${`Delete: ${titleOf(conversation)}`}
                onClick=${() => onRemove(conversation.id)}
              >
                ×
              </button>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

function Settings({ settings, onChange }) {
  const set = (name) => (value) => onChange({ ...settings, [name]: value });
  return html`
    <details>
      <summary>System prompt and sampling</summary>
      <div class="stack">
        <${TextField}
          label="System prompt"
          hint="for models with a chat template"
          rows="2"
          value=${settings.system}
          onChange=${set('system')}
        />
        <div class="row">
          <${NumberField}
            label="Temperature"
            value=${settings.temperature}
            min=${0}
            max=${2}
            step=${0.1}
            onChange=${set('temperature')}
          />
          <${NumberField}
            label="Top-p"
            value=${settings.topP}
            min=${0.01}
            max=${1}
            step=${0.05}
            onChange=${set('topP')}
          />
          <${NumberField}
            label="Most tokens"
            value=${settings.maxTokens}
            min=${1}
            max=${1e6}
            step=${64}
            onChange=${set('maxTokens')}
          />
          <${NumberField}
            label="Seed"
            hint="empty: another each time"
            value=${settings.seed}
            text=${(seed) => (seed === null ? '' : String(seed))}
            onChange=${set('seed')}
          />
          ${
            settings.seed !== null &&
            html`
            <button onClick=${() => set('seed')(null)}>Any seed</button>
          `
          }
        </div>
      </div>
    </details>
  `;
}

function Composer({ busy, ready, onSend, onStop }) {
  const [draft, setDraft] = useState('');
  const send = (event) => {
    event.preventDefault();
    if (!busy && ready && draft !== '') {
      onSend(draft);
      setDraft('');
    }
  };
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      send(event);
    }
  };
  return html`
    <form class="composer" onSubmit=${send}>
      <${TextField}
        label="Message"
        hideLabel
        rows="2"
        placeholder="Enter sends, Shift+Enter begins a line"
        value=${draft}
        onKeyDown=${onKeyDown}
        onChange=${setDraft}
      />
      <button type="submit" class="primary" disabled=${busy || !ready || draft === ''}>Send</button>
      <button type="button" disabled=${!busy} onClick=${onStop}>Stop</button>
    </form>
  `;
}

const isWriting = (pane) => ['reading', 'writing'].includes(pane.nodes[pane.leaf]?.state);

/** What can be done with the messages of the pane at `index`. */
function usePaneActions(index, conversation, change, shape) {
  const changePane = useCallback(
    (update) =>
      change((before) => ({
        ...before,
        panes: before.panes.map((pane, at) => (at === index ? update(pane) : pane)),
      })),
    [change],
  );
  const latest = useRef();
  latest.current = {
    pane: conversation.panes[index],
    settings: conversation.settings,
    shape,
    changePane,
  };
  const writer = useWriter((update) => latest.current.changePane(update));

  return useMemo(() => {
    const asked = () => {
      const { pane, settings, shape: known } = latest.current;
      return { model: pane.model, settings, chat: known.chat };
    };
    const ask = (parent, content) => {
      const [id, next] = withMessage(latest.current.pane, parent, { role: 'user', content });
      return writer.write(next, id, asked());
    };
    return {
      stop: writer.stop,
      send: (content) => ask(latest.current.pane.leaf, content),
      setModel: (model) => latest.current.changePane((pane) => ({ ...pane, model })),
      onEdit: (node, content) => ask(node.parent, content),
      onShow: (id) => latest.current.changePane((pane) => showing(pane, id)),
      onAgain: (node) => writer.write(latest.current.pane, node.parent, asked()),
      onBranch: (node, at, text, logprob) => {
        const tokens = [...node.tokens.slice(0, at), { text, logprob, top: [] }];
        const said = tokens.filter(({ reasoning }) => !reasoning);
        const content = said.map((token) => token.text).join('');
        return writer.write(latest.current.pane, node.parent, asked(), {
          content,
          reasoning: '',
          tokens,
        });
      },
    };
  }, []);
}

function Conversation({ conversation, change, coloured, onColoured }) {
  const [first, second] = conversation.panes;
  const opened = [useShape(first.model), useShape(second?.model)];
  const actions = [
    usePaneActions(0, conversation, change, opened[0].shape),
    usePaneActions(1, conversation, change, opened[1].shape),
  ];
  const busy = conversation.panes.some(isWriting);
  const ready = conversation.panes.every((_, at) => opened[at].shape);
  const stop = () => {
    actions.forEach((one) => one.stop());
    say('Stopped');
  };
  const send = (text) => conversation.panes.forEach((_, at) => actions[at].send(text));
  const beside = () =>
    change((one) => ({ ...one, panes: [one.panes[0], emptyPane(one.panes[0].model)] }));
  const alone = (gone) => {
    stop();
    change((one) => ({ ...one, panes: one.panes.filter((_, at) => at !== gone) }));
  };
  return html`
    <div class="stack">
      <div class="row middle">
        <label class="check">
          <input
            type="checkbox"
            checked=${coloured}
            onChange=${(event) => onColoured(event.target.checked)}
          />
          Colour tokens by probability
        </label>
        ${!second && html`<button class="small" onClick=${beside}>Second model beside it</button>`}
      </div>
      <div class="panes">
        ${conversation.panes.map(
          (pane, at) => html`
            <${Pane}
              key=${at}
              label=${second ? ['First model', 'Second model'][at] : 'Model'}
              pane=${pane}
              opened=${opened[at]}
              coloured=${coloured}
              actions=${actions[at]}
              onModel=${actions[at].setModel}
              onClose=${second && !busy ? () => alone(at) : undefined}
            />
          `,
        )}
      </div>
      <${Composer} busy=${busy} ready=${ready} onSend=${send} onStop=${stop} />
      <${Settings}
        settings=${conversation.settings}
        onChange=${(settings) => change((one) => ({ ...one, settings }))}
      />
    </div>
  `;
}

export default function Screen() {
  const [{ model, beside }] = useHashQuery();
  const { all, open, kept, change, begin, remove, choose } = useConversations(model);
  const [coloured, setColoured] = useState(false);

  useEffect(() => {
    if (beside) {
      change((one) => ({ ...one, panes: [emptyPane(model), emptyPane(beside)] }));
    }
  }, []);

  return html`
    <h1>Chat</h1>
    ${
      !kept &&
      html`
      <p class="note">
        This browser has no room to keep conversations: they last until the page is left.
      </p>
    `
    }
    <div class="aside chat">
      <div class="panel">
        <${ConversationList}
          conversations=${all}
          openId=${open.id}
          onChoose=${choose}
          onBegin=${begin}
          onRemove=${remove}
        />
      </div>
      <${Conversation}
        key=${open.id}
        conversation=${open}
        change=${change}
        coloured=${coloured}
        onColoured=${setColoured}
      />
    </div>
  `;
}
