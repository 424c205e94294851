// How well the model foretells a text, without the mix and with it.
import { html, useState } from './htm.js';
import { post } from './api.js';
import { Answer, useWork } from './ask.js';
import { Field, Tabs, formatSeconds, pieceText } from './parts.js';
import { colorOf, scaleOf } from './heatmap.js';
import { useDark } from './theme.js';
import { ColouredTokens } from './board-tokens.js';
import { LossTable } from './loss-table.js';

const MOST_NATS = 8;
const MOST_CHANGE = 2;
const VIEWS = [
  { value: 'change', label: 'Change' },
  { value: 'before', label: 'Model' },
  { value: 'after', label: 'Mix' },
];

const MEANINGS = {
  change: 'Orange: the mix foretells it worse; blue: better',
  before: 'The stronger the colour, the less the model foresaw',
  after: 'The stronger the colour, the less the mix foresaw',
};

export function LossPanel({ model, store }) {
  const [text, setText] = useState(store.prompt.text);
  const measured = useWork();
  const measure = () =>
    measured.run((signal) =>
      post('/studio/api/board/loss', { model, text, mix: store.mix }, { signal }),
    );
  return html`
    <div class="stack">
      <${Field} label="A text, such as one that the model must not forget">
        ${(named) => html`<textarea
          ...${named}
          rows="4"
          value=${text}
          onInput=${(event) => setText(event.target.value)}
        />`}
      <//>
      <div class="row">
        <button
          class="primary"
          disabled=${measured.busy || text === ''}
          onClick=${measure}
        >
          Measure the loss with mix ${store.slot}
        </button>
      </div>
      <${Answer} of=${measured} words="Reading the text twice">
        ${(answer) => html`<${Measured} answer=${answer} />`}
      <//>
    </div>
  `;
}

function Measured({ answer }) {
  const [view, setView] = useState('change');
  const dark = useDark();
  const scale =
    view === 'change'
      ? scaleOf('diverging', MOST_CHANGE, dark)
      : scaleOf('sequential', MOST_NATS, dark);
  const { before, after, pieces, seconds } = answer;
  const tokens = pieces.map((token) => {
    const change = token.after - token.before;
    return {
      piece: token.piece,
      color: colorOf(view === 'change' ? change : token[view], scale),
      detail:
        `${pieceText(token.piece)}: ${token.before.toFixed(3)} nats, ` +
        `${token.after.toFixed(3)} with the mix`,
    };
  });
  return html`
    <${LossTable}
      title="Loss"
      rows=${[
        ['Model', before],
        ['Mix', after],
      ]}
    />
    <${Tabs} label="Colours" value=${view} onChange=${setView} options=${VIEWS} />
    <${ColouredTokens}
      tokens=${tokens}
      label=${MEANINGS[view]}
    />
    <p class="hint">${after.tokens} tokens in ${formatSeconds(seconds)}</p>
  `;
}
