// What can be done with a mix, below the desk; only what is chosen is there.
import { html } from './htm.js';
import { Tabs, useHashQuery } from './parts.js';
import { CurvePanel } from './board-curve.js';
import { ExportPanel } from './board-export.js';
import { GeneratePanel } from './board-generate.js';
import { MixList } from './board-list.js';
import { LossPanel } from './board-loss.js';
import { ScenesPanel } from './board-scenes.js';
import { SteerPanel } from './board-steer.js';
import { WeightsPanel } from './board-weights.js';

const TOOLS = [
  { value: 'faders', label: 'Faders', Panel: MixList },
  { value: 'curve', label: 'Curve', Panel: CurvePanel },
  { value: 'steer', label: 'Make it like …', Panel: SteerPanel },
  { value: 'weights', label: 'Single weights', Panel: WeightsPanel },
  { value: 'generate', label: 'Generate A | B', Panel: GeneratePanel },
  { value: 'loss', label: 'Loss', Panel: LossPanel },
  { value: 'scenes', label: 'Scenes', Panel: ScenesPanel },
  { value: 'export', label: 'Export', Panel: ExportPanel },
];

export function BoardTools(given) {
  const [{ tool }, setQuery] = useHashQuery();
  const { value, label, Panel } = TOOLS.find((one) => one.value === tool) ?? TOOLS[0];
  return html`
    <section class="panel stack" aria-label="Tools of the mix">
      <${Tabs}
        label="Tools"
        value=${value}
        onChange=${(next) => setQuery({ tool: next })}
        options=${TOOLS}
      />
      <div class="stack" role="tabpanel" aria-label=${label}><${Panel} ...${given} /></div>
    </section>
  `;
}
