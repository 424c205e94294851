// What heads do: found by a test, and named.
import { html } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { formatPercent, screenAddress } from './parts.js';
import { SortedTable } from './table.js';

const ROLES = {
  induction: 'copies: looks at what followed the same token before',
  previous_token: 'looks at the token before',
  duplicate_token: 'looks at the same token before',
  first_token: 'looks at the first token',
  current_token: 'looks at the token itself',
};

const titleOf = (role) => role.replaceAll('_', ' ');

const shareColumn = (key) => ({
  key,
  label: titleOf(key),
  number: true,
  value: (head) => head[key],
  show: (head) => formatPercent(head[key]),
});

function columnsFor(onHead, faderOf) {
  return [
    {
      key: 'head',
      label: 'Head',
      value: ({ layer, head }) => layer * 1e6 + head,
      show: ({ layer, head }) =>
        html`
          <button class="small" onClick=${() => onHead(layer, head)}>
            layer ${layer}, head ${head}
          </button>
        `,
    },
    {
      key: 'names',
      label: 'Role',
      value: ({ names }) => names.join(', ') || undefined,
      show: ({ names }) => names.join(', ') || '–',
    },
    ...Object.keys(ROLES).map(shareColumn),
    {
      key: 'fader',
      label: 'Fader',
      value: ({ layer, head }) => layer * 1e6 + head,
      show: (head) => html`<${ToFader} of=${head} address=${faderOf(head)} />`,
    },
  ];
}

function ToFader({ of: { layer, head }, address }) {
  return html`
    <a href=${address}>Turn it<span class="aloud">: head ${head} of layer ${layer}</span></a>
  `;
}

/** The head that does most of one thing, in words. */
function Foremost({ heads, role, onHead, faderOf }) {
  const foremost = heads.reduce((best, head) => (head[role] > best[role] ? head : best));
  const named = foremost.names.includes(titleOf(role));
  return html`
    <li>
      <button class="small" onClick=${() => onHead(foremost.layer, foremost.head)}>
        layer ${foremost.layer}, head ${foremost.head}
      </button>${' '}
      ${named ? '' : 'comes nearest to what '}${ROLES[role]}${' '}
      <span class="dim">
        ${formatPercent(foremost[role])} of its attention${named ? '' : ', too little for a name'}
      </span>${' '}
      <${ToFader} of=${foremost} address=${faderOf(foremost)} />
    </li>
  `;
}

export function HeadRoles({ question: { model, mix, text }, onHead }) {
  const faderOf = ({ layer, head }) => screenAddress('board', { model, text, layer, head });
  const asked = useAnswer('/studio/api/trace/heads', { model, mix, all: true });
  return html`
    <p class="hint">
      The model reads random tokens twice: a head that copies looks, at each token of the second
      time, at what followed it the first time. No text is needed. Pick a head to see where it looks
      in yours.
    </p>
    <${Answer} of=${asked}>
      ${({ heads }) => html`
        <h3>Which head makes it copy?</h3>
        <ul class="plain-list roles">
          ${['induction', 'previous_token', 'duplicate_token'].map(
            (role) =>
              html`<${Foremost}
                key=${role}
                heads=${heads}
                role=${role}
                onHead=${onHead}
                faderOf=${faderOf}
              />`,
          )}
        </ul>
        <${SortedTable}
          caption="Heads and how much of their attention goes where"
          columns=${columnsFor(onHead, faderOf)}
          rows=${heads}
          rowKey=${({ layer, head }) => `${layer} ${head}`}
          sort=${{ key: 'induction', down: true }}
        />
      `}
    <//>
  `;
}
