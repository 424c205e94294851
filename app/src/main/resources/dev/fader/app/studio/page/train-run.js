// One run in words: how it goes, what it was told, what it writes, and what broke it.
import { html, useMemo, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { formatNumber, Piece } from './parts.js';
import { OpenButton } from './open-button.js';
import { ResumeForm, StopButton } from './train-form.js';
import { storyOf } from './train-story.js';

function Samples({ samples }) {
  const [chosen, setChosen] = useState(null);
  if (samples.length === 0) {
    return html`<p class="hint">It has written no samples yet.</p>`;
  }
  const at = Math.min(chosen ?? samples.length - 1, samples.length - 1);
  const choose = (event) => {
    const value = Number(event.target.value);
    setChosen(value === samples.length - 1 ? null : value);
  };
  return html`
    <label class="replay">
      <span class="label">Written after step ${formatNumber(samples[at].step)}</span>
      <input type="range" min="0" max=${samples.length - 1} value=${at} onInput=${choose} />
    </label>
    <pre class="text sample" dir="auto" tabindex="0">${samples[at].text}</pre>
  `;
}

function Story({ log, revision, recipe, name, onAgain }) {
  const { broken, sentences, times } = useMemo(() => storyOf(log), [log, revision]);
  if (sentences.length === 0) {
    return null;
  }
  const rate = log.columns.rate.reduce((most, one) => (one > most ? one : most), 0);
  const share = times > 2 ? `a ${times}th of` : 'half';
  const again = () =>
    onAgain({
      name: `${name}-calmer`,
      data: recipe?.data ?? '',
      lr: Number((rate / times).toPrecision(3)),
    });
  return html`
    <h3>${broken ? 'Why the loss exploded' : 'What stood out'}</h3>
    <ul class="story">
      ${sentences.map((sentence) => html`<li key=${sentence}>${sentence}</li>`)}
    </ul>
    ${
      broken &&
      html`
        <p class="hint">
          A long gradient at a high rate throws the weights far: ${share} the rate, or a longer
          warm-up, is the usual cure.
        </p>
        <p><button onClick=${again}>Try again with ${share} the learning rate</button></p>
      `
    }
  `;
}

function Recipe({ detail }) {
  const options = Object.entries(detail.recipe ?? {});
  return html`
    <details>
      <summary>What it was told</summary>
      <dl class="figures">
        ${options.map(
          ([name, value]) => html`
            <div key=${name}>
              <dt>${name}</dt>
              <dd class="number"><${Piece} text=${value} length=${120} /></dd>
            </div>
          `,
        )}
      </dl>
      ${detail.recipe_problem && html`<p class="bad">${detail.recipe_problem}</p>`}
      <p class="hint long-name"><bdi>${detail.path}</bdi></p>
      <p class="hint">In the terminal: <code>${detail.resume}</code></p>
    </details>
    ${
      detail.words &&
      html`
        <details open=${detail.exit > 0}>
          <summary class=${detail.exit > 0 ? 'bad' : undefined}>
            ${detail.exit > 0 ? `Why it failed (exit code ${detail.exit})` : 'What it printed'}
          </summary>
          <pre tabindex="0">${detail.words}</pre>
        </details>
      `
    }
  `;
}

const progressOf = ({ steps, horizon }) =>
  horizon > 0
    ? `step ${formatNumber(steps)} of ${formatNumber(horizon)}`
    : `step ${formatNumber(steps)}`;

export function RunReport({ run, revision, onAgain }) {
  const { id, name, log, state } = run;
  const asked = useAnswer('/studio/api/runs/detail', { id, state });
  const steps = log.axes.step.at(-1) ?? 0;
  const verdict = run.verdict ?? log.verdict ?? asked.answer?.verdict;
  return html`
    <section class="panel stack" aria-label=${`Run ${name}`}>
      <h2 class="long-name">
        <i class="swatch" style=${{ background: run.color }} />
        <${Piece} text=${name} length=${80} />
      </h2>
      <p class="dim">
        ${state ?? 'reading its log'}, ${progressOf({ steps, horizon: log.horizon })}
      </p>
      ${verdict && html`<p class="verdict">${verdict}</p>`}
      <${Story}
        log=${log}
        revision=${revision}
        recipe=${asked.answer?.recipe}
        name=${name}
        onAgain=${onAgain}
      />
      <h3>What it writes</h3>
      <${Samples} samples=${log.samples} />
      <div class="row middle">
        ${
          state === 'running'
            ? html`
          <${StopButton} key=${id} id=${id} />`
            : state &&
              html`<${ResumeForm} key=${id} id=${id} />
        `
        }
      </div>
      <${Answer} of=${asked}>
        ${(detail) => html`
          <${OpenButton} what=${{ path: detail.path }} label="Open its model" />
          <${Recipe} detail=${detail} />
        `}
      <//>
    </section>
  `;
}
