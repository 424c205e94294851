// Singular values of a matrix: how many directions it really uses.
import { html } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { formatNumber, formatPercent } from './parts.js';

const HEIGHT = 140;
const WIDTH = 640;

function Values({ values }) {
  const width = WIDTH / values.length;
  return html`
    <svg
      class="spectrum"
      viewBox=${`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label=${`The ${values.length} largest, the first ${formatNumber(values[0])}`}
    >
      ${values.map(
        (value, at) => html`
          <rect
            key=${at}
            x=${at * width}
            width=${Math.max(1, width - 1)}
            y=${HEIGHT * (1 - value / values[0])}
            height=${(HEIGHT * value) / values[0]}
          >
            <title>${`number ${at + 1}: ${formatNumber(value)}`}</title>
          </rect>
        `,
      )}
    </svg>
  `;
}

export function Spectrum({ model, tensor, matrix }) {
  const asked = useAnswer('/studio/api/tensors/spectrum', { model, tensor: tensor.name });
  const full = Math.min(matrix.rows, matrix.columns);
  return html`
    <${Answer} of=${asked} words="Taking the matrix apart; seconds for a large one">
      ${(spectrum) => html`
        <dl class="figures">
          <div>
            <dt>Spectral norm</dt>
            <dd class="number">${formatNumber(spectrum.spectral_norm)}</dd>
          </div>
          <div>
            <dt>Stable rank</dt>
            <dd class="number">${formatNumber(spectrum.stable_rank)} of ${formatNumber(full)}</dd>
          </div>
          <div>
            <dt>Effective rank</dt>
            <dd class="number">
              ${formatNumber(spectrum.effective_rank)} of ${formatNumber(full)}
            </dd>
          </div>
          ${
            spectrum.singular_energy !== undefined &&
            html`
              <div>
                <dt>Energy of those shown</dt>
                <dd class="number">${formatPercent(spectrum.singular_energy)}</dd>
              </div>
            `
          }
        </dl>
        <${Values} values=${spectrum.singular_values} />
        <p class="hint">
          A fast fall means that few directions carry most of what the matrix does: it could be
          stored narrower, as LoRA stores a change.
        </p>
      `}
    <//>
  `;
}
