// Learn: the words of the field, each with an example computed on the spot.
import { html, useState } from './htm.js';
import { Answer, useAnswer } from './ask.js';
import { Markdown } from './markdown.js';
import { TextField } from './fields.js';
import { Empty, formatNumber, screenAddress, useHashQuery } from './parts.js';

/** Pages name each other as the files of docs/learn do. */
function linkTo(address) {
  const word = /^([a-z-]{1,40})\.md$/.exec(address)?.[1];
  return word ? screenAddress('learn', { word }) : null;
}

function Words({ explanations, word }) {
  const [wanted, setWanted] = useState('');
  const sought = wanted.trim().toLowerCase();
  const found = explanations.filter((one) =>
    `${one.word} ${one.summary}`.toLowerCase().includes(sought),
  );
  return html`
    <div class="stack">
      <${TextField} label="Find a word" type="search" value=${wanted} onChange=${setWanted} />
      <nav aria-label="Words">
        <ul class="plain-list words">
          ${found.map(
            (one) => html`
              <li key=${one.word}>
                <a
                  href=${screenAddress('learn', { word: one.word })}
                  aria-current=${one.word === word ? 'page' : undefined}
                >
                  <strong>${one.word}</strong>
                  <span class="dim">${one.summary}</span>
                </a>
              </li>
            `,
          )}
        </ul>
        ${found.length === 0 && html`<p class="hint">No word has that in it.</p>`}
      </nav>
    </div>
  `;
}

function Neighbour({ explanation, children }) {
  return (
    explanation &&
    html`
      <a href=${screenAddress('learn', { word: explanation.word })}>
        ${children} ${explanation.word}
      </a>
    `
  );
}

function Page({ explanations, word }) {
  const asked = useAnswer('/studio/api/explanations/page', { word });
  const at = explanations.findIndex((one) => one.word === word);
  return html`
    <article class="panel stack">
      <${Answer} of=${asked} words="Computing the example">
        ${(page) => html`
          <${Markdown} text=${page.markdown} linkTo=${linkTo} />
          <p class="hint">
            Computed just
            now${page.seconds !== undefined && ` in ${formatNumber(page.seconds, 2)} s`}; in the
            terminal:${' '}
            <code>fader explain ${page.word}</code>
          </p>
        `}
      <//>
      <nav class="row" aria-label="Next words">
        <${Neighbour} explanation=${explanations[at - 1]}>← <//>
        <span class="push"><${Neighbour} explanation=${explanations[at + 1]}>→ <//></span>
      </nav>
    </article>
  `;
}

function Tour() {
  return html`
    <section class="panel row middle">
      <p class="grow">
        New here? In five minutes the board shows what a parameter is, what training does and what a
        head does, by turning one.
      </p>
      <a class="button" href="#/board?tour=1">Take the tour</a>
    </section>
  `;
}

export default function Screen() {
  const [{ word }] = useHashQuery();
  const asked = useAnswer('/studio/api/explanations', undefined);
  return html`
    <h1>Learn</h1>
    <${Tour} />
    <${Answer} of=${asked} words="Loading">
      ${({ explanations }) => html`
        <div class="aside">
          <div class="panel"><${Words} explanations=${explanations} word=${word} /></div>
          ${
            word
              ? html`<${Page} key=${word} explanations=${explanations} word=${word} />`
              : html`
                  <${Empty} title="Choose a word">
                    <p>Each page has a small example with real numbers, computed while you look.</p>
                  <//>
                `
          }
        </div>
      `}
    <//>
  `;
}
