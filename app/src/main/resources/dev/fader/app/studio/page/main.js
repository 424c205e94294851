// The shell: which screen is shown, the way between them, and what is said aloud.
import { Component, html, render, useEffect, useRef, useState } from './htm.js';
import { Busy, Empty, ErrorNote, hashScreen, useHash } from './parts.js';
import { toggleTheme, useDark } from './theme.js';

const SCREENS = [
  { name: 'board', title: 'Board' },
  { name: 'inspect', title: 'Inspect' },
  { name: 'compare', title: 'Compare' },
  { name: 'trace', title: 'Trace' },
  { name: 'train', title: 'Train' },
  { name: 'chat', title: 'Chat' },
  { name: 'models', title: 'Models' },
  { name: 'learn', title: 'Learn' },
];

/** A screen that fails leaves the others standing. */
class Fence extends Component {
  static getDerivedStateFromError(error) {
    return { error };
  }

  render({ children }, { error }) {
    if (!error) {
      return children;
    }
    return html`
      <${Empty} title="This screen has stumbled">
        <${ErrorNote} error=${error} />
        <p>The others still work. Whatever was turned on the board is kept.</p>
        <button onClick=${() => this.setState({ error: null })}>Show it again</button>
      <//>
    `;
  }
}

function LazyScreen({ screen }) {
  const [loaded, setLoaded] = useState({});
  useEffect(() => {
    let current = true;
    const tell = (state) => current && setLoaded({ name: screen.name, ...state });
    import(`./${screen.name}.js`).then(
      (module) => tell({ Screen: module.default }),
      (error) => tell({ error }),
    );
    document.title = `${screen.title} · Fader Studio`;
    return () => {
      current = false;
    };
  }, [screen.name]);

  // The screen before is no longer shown: it would take this one's address for its own.
  const state = loaded.name === screen.name ? loaded : {};
  if (state.error) {
    return html`
      <${Empty} title=${`${screen.title} could not be loaded`}>
        <p>Is fader studio still running in the terminal? Once it is, load the page again.</p>
        <${ErrorNote} error=${state.error} />
        <button onClick=${() => location.reload()}>Load the page again</button>
      <//>
    `;
  }
  return state.Screen
    ? html`<${Fence} key=${screen.name}><${state.Screen} /><//>`
    : html`<${Busy} />`;
}

function ThemeButton() {
  const dark = useDark();
  return html`
    <button
      class="quiet theme"
      onClick=${toggleTheme}
      aria-label=${dark ? 'Light theme' : 'Dark theme'}
    >
      <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />
      </svg>
    </button>
  `;
}

function Navigation({ current }) {
  const shown = useRef();
  useEffect(
    () => shown.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
    [current],
  );
  return html`
    <nav aria-label="Screens">
      ${SCREENS.map(
        ({ name, title }) => html`
          <a
            key=${name}
            ref=${name === current ? shown : undefined}
            href=${`#/${name}`}
            aria-current=${name === current ? 'page' : undefined}
            >${title}</a
          >
        `,
      )}
    </nav>
  `;
}

function Studio() {
  useHash();
  const screen = SCREENS.find(({ name }) => name === hashScreen()) ?? SCREENS[0];
  const main = useRef();

  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };

  return html`
    <a class="skip" href="#main" onClick=${skip}>To the content</a>
    <header class="top">
      <a class="brand" href="#/board" aria-label="Fader Studio, the board">
        <span class="mark" aria-hidden="true"><i /><i /><i /></span>Fader
      </a>
      <${Navigation} current=${screen.name} />
      <${ThemeButton} />
    </header>
    <main id="main" ref=${main} tabindex="-1"><${LazyScreen} screen=${screen} /></main>
    <div id="said" class="aloud" role="status" aria-live="polite"></div>
  `;
}

render(html`<${Studio} />`, document.getElementById('studio'));
