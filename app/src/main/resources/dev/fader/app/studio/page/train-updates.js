// How far each layer moves in a step: faders that the optimizer moves.
import { html, useState } from './htm.js';
import { formatNumber } from './parts.js';

const LEAST = -6; // powers of ten
const MOST = 0;
const USUAL = -3;

const placeOf = (ratio) =>
  ratio > 0 ? Math.min(1, Math.max(0, (Math.log10(ratio) - LEAST) / (MOST - LEAST))) : 0;

const MARK = `${(100 * (USUAL - LEAST)) / (MOST - LEAST)}%`;

function Meter({ layer, ratio }) {
  return html`
    <div
      class="update"
      role="meter"
      aria-label=${`layer ${layer}`}
      aria-valuemin="0"
      aria-valuemax="1"
      aria-valuenow=${Number.isFinite(ratio) ? ratio : 0}
      aria-valuetext=${`${formatNumber(ratio, 2)} of its weights in a step`}
      title=${`layer ${layer}: ${formatNumber(ratio, 2)}`}
    >
      <span class="update-track" aria-hidden="true">
        <i class="update-usual" style=${{ bottom: MARK }} />
        <i class="update-cap" style=${{ bottom: `${100 * placeOf(ratio)}%` }} />
      </span>
      <span class="hint" aria-hidden="true">${layer}</span>
    </div>
  `;
}

/** The newest update of each layer, or an older one that the reader has gone back to. */
export function Updates({ name, updates }) {
  const [chosen, setChosen] = useState(null);
  if (updates.length === 0) {
    return html`
      <p class="hint">No update sizes are in the log yet: they come with every tenth step or so.</p>
    `;
  }
  const at = Math.min(chosen ?? updates.length - 1, updates.length - 1);
  const { step, ratios } = updates[at];
  const most = ratios.reduce((best, ratio, layer) => (ratio > ratios[best] ? layer : best), 0);
  const choose = (event) => {
    const value = Number(event.target.value);
    setChosen(value === updates.length - 1 ? null : value);
  };
  return html`
    <p class="dim">
      ${name}, step ${formatNumber(step)}: layer ${most} moves most, by ${formatNumber(ratios[most], 2)} of its
      weights in a step. About 0.001, the line, is usual; ten times more is wild, a hundredth of it is
      asleep.
    </p>
    <div class="updates" tabindex="0" role="group" aria-label="Size of the update of each layer">
      ${ratios.map((ratio, layer) => html`<${Meter} key=${layer} layer=${layer} ratio=${ratio} />`)}
    </div>
    <label class="replay">
      <span class="label">Back in time${chosen === null && ': the newest is shown'}</span>
      <input
        type="range"
        min="0"
        max=${updates.length - 1}
        value=${at}
        aria-valuetext=${`step ${step}`}
        onInput=${choose}
      />
    </label>
  `;
}
