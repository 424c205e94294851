// What the difference of two models means for a text: which of its tokens each foretells better.
import { html, useState } from './htm.js';
import { post } from './api.js';
import { Answer, useWork } from './ask.js';
import { TextField } from './fields.js';
import { formatPercent, Piece, pieceText } from './parts.js';
import { colorOf, scaleOf } from './heatmap.js';
import { useDark } from './theme.js';
import { ColouredTokens } from './board-tokens.js';
import { LossTable } from './loss-table.js';

const EXAMPLE = 'Once upon a time, there was a little cat. The cat said';
const MOST_CHANGE = 2;
const MOST_NAMED = 5;
const TOP = 6;

const probability = (nats) => Math.exp(-nats);

/** What each model says of the text, and of what comes after it. */
async function asked({ a, b, text }, signal) {
  const of = async (model) => ({
    loss: await post('/studio/api/board/loss', { model, text }, { signal }),
    next: await post('/studio/api/board/predict', { model, text, top: TOP }, { signal }),
  });
  const [first, second] = [await of(a), await of(b)];
  return { a, b, first, second };
}

/** Tokens with the nats of both, if both read the text as the same tokens; null if they do not. */
function aligned({ first, second }) {
  const [one, other] = [first.loss.pieces, second.loss.pieces];
  const same = one.length === other.length && one.every(({ piece }, i) => piece === other[i].piece);
  return same
    ? one.map(({ piece, after }, i) => ({ piece, first: after, second: other[i].after }))
    : null;
}

/** The tokens that one model foretells so much better than the other. */
function Named({ title, tokens, from, to }) {
  if (tokens.length === 0) {
    return null;
  }
  return html`
    <div class="stack">
      <h3>${title}</h3>
      <ul class="plain-list">
        ${tokens.map(
          (token, i) => html`
            <li key=${i}>
              <${Piece} text=${token.piece} length=${24} />${' '}
              <span class="dim">
                ${formatPercent(probability(token[from]))} → ${formatPercent(probability(token[to]))}
              </span>
            </li>
          `,
        )}
      </ul>
    </div>
  `;
}

function Next({ name, next }) {
  return html`
    <div class="stack">
      <h3>Next, by <bdi>${name}</bdi></h3>
      <ol class="plain-list">
        ${next.next.slice(0, TOP).map(
          ({ id, piece, after }) => html`
            <li key=${id}>
              <${Piece} text=${piece} length=${24} />${' '}
              <span class="dim">${formatPercent(after)}</span>
            </li>
          `,
        )}
      </ol>
    </div>
  `;
}

function Told({ answer }) {
  const dark = useDark();
  const { a, b, first, second } = answer;
  const tokens = aligned(answer);
  const scale = scaleOf('diverging', MOST_CHANGE, dark);
  const moved = (tokens ?? []).map((token) => ({ ...token, change: token.second - token.first }));
  const better = moved.filter(({ change }) => change < 0).sort((x, y) => x.change - y.change);
  const worse = moved.filter(({ change }) => change > 0).sort((x, y) => y.change - x.change);
  return html`
    <${LossTable}
      title="Loss on this text"
      rows=${[
        [answer.a, answer.first.loss.after],
        [answer.b, answer.second.loss.after],
      ]}
    />
    ${
      tokens
        ? html`
          <${ColouredTokens}
            tokens=${moved.map((token) => ({
              piece: token.piece,
              color: colorOf(token.change, scale),
              detail:
                `${pieceText(token.piece)}: ${formatPercent(probability(token.first))} by ${a}, ` +
                `${formatPercent(probability(token.second))} by ${b}`,
            }))}
            label=${`Blue: ${b} foretells it better; orange: worse`}
          />
        `
        : html`<p class="note">
            The two read this text as other tokens, so that only the bits a byte can be compared.
          </p>`
    }
    <div class="columns">
      <${Named} title="Foretold better" tokens=${better.slice(0, MOST_NAMED)} from="first" to="second" />
      <${Named} title="Foretold worse" tokens=${worse.slice(0, MOST_NAMED)} from="first" to="second" />
      <${Next} name=${a} next=${first.next} />
      <${Next} name=${b} next=${second.next} />
    </div>
  `;
}

export function TextDifference({ a, b }) {
  const [text, setText] = useState(EXAMPLE);
  const work = useWork();
  const ask = (event) => {
    event?.preventDefault();
    work.run((signal) => asked({ a, b, text }, signal));
  };
  return html`
    <section class="panel stack">
      <h2>On a text</h2>
      <form class="stack" onSubmit=${ask}>
        <${TextField}
          label="A text of the kind that it was tuned on, or must not forget"
          rows="2"
          value=${text}
          onChange=${setText}
        />
        <div class="row">
          <button class="primary" disabled=${text === '' || work.busy}>Which tokens changed?</button>
        </div>
      </form>
      <${Answer} of=${{ ...work, again: ask }} words="Reading the text with both">
        ${(answer) => html`<${Told} answer=${answer} />`}
      <//>
    </section>
  `;
}
