// The logit lens: what each layer would say next, at several tokens.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { colorOf, scaleOf } from './heatmap.js';
import { formatNumber, formatPercent, Piece } from './parts.js';
import { useDark } from './theme.js';
import { nameOf } from './trace-tokens.js';

const WIDEST = 12;

function positionsUpTo(position) {
  const from = Math.max(0, position - WIDEST + 1);
  return Array.from({ length: position - from + 1 }, (_, at) => from + at);
}

const layerName = (layers) => (layers === 0 ? 'embedding' : `after ${layers}`);

/** What one layer says after one token, in full. */
function Reading({ column, layer, tokens }) {
  return html`
    <section class="cell stack">
      <h3>
        What follows token ${column.position},${' '}
        <${Piece} text=${nameOf(tokens[column.position])} />,${' '}
        by ${layer.layers === 0 ? 'the embedding alone' : `layers 0 to ${layer.layers - 1}`}
      </h3>
      <ol class="plain-list">
        ${layer.top.map(
          (token) => html`
            <li key=${token.id} class="row middle">
              <span class="number">${formatPercent(token.probability)}</span>
              <${Piece} text=${nameOf(token)} />
              <span class="dim">logit ${formatNumber(token.logit)}</span>
            </li>
          `,
        )}
      </ol>
      <p class="dim">
        In the end it is <${Piece} text=${nameOf(column.token)} />, which has rank${' '}
        ${formatNumber(layer.rank)} here, and
        ${formatPercent(layer.probability)}; what is predicted here is${' '}
        ${formatNumber(layer.divergence_bits)} bits away
        from the end.
      </p>
    </section>
  `;
}

function Grid({ answer: { tokens, positions: columns } }) {
  const colors = scaleOf('sequential', 1, useDark());
  const [chosen, setChosen] = useState(null);
  const layers = columns[0].layers.map((layer) => layer.layers);
  const column = chosen && columns[chosen.column];
  const layer = column?.layers[chosen.row];
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Lens">
      <table class="lens">
        <thead>
          <tr>
            <th scope="col">Layers</th>
            ${columns.map(
              ({ position }) => html`
                <th key=${position} scope="col">
                  <span class="dim">${position}</span>${' '}
                  <${Piece} text=${nameOf(tokens[position])} length=${16} />
                </th>
              `,
            )}
          </tr>
        </thead>
        <tbody>
          ${layers
            .map((count, row) => ({ count, row }))
            .reverse()
            .map(
              ({ count, row }) => html`
                <tr key=${count}>
                  <th scope="row">${layerName(count)}</th>
                  ${columns.map(({ position, layers: read }, at) => {
                    const [first] = read[row].top;
                    return html`
                      <td key=${position}>
                        <button
                          style=${colorOf(first.probability, colors)}
                          aria-pressed=${String(chosen?.column === at && chosen?.row === row)}
                          onClick=${() => setChosen({ column: at, row })}
                        >
                          <${Piece} text=${nameOf(first)} length=${12} />
                          <small>${formatPercent(first.probability)} · #${read[row].rank}</small>
                        </button>
                      </td>
                    `;
                  })}
                </tr>
              `,
            )}
        </tbody>
      </table>
    </div>
    ${layer && html`<${Reading} column=${column} layer=${layer} tokens=${tokens} />`}
  `;
}

export function Lens({ question, position }) {
  const asked = useAnswer('/studio/api/trace/lens', {
    ...question,
    positions: positionsUpTo(position),
    top: 5,
  });
  return html`
    <p class="hint">
      The most probable next token if the model ended after so many layers, its probability, and the
      rank (#) that the token of the end already has there. Colour is probability.
    </p>
    <${Answer} of=${asked}>${(answer) => html`<${Grid} answer=${answer} />`}<//>
  `;
}
