// Trace: a text on its way through a model.
import { html, useEffect, useState } from './htm.js';
import { Answer, useAnswer, useShape } from './ask.js';
import { TextField } from './fields.js';
import { Busy, Empty, ErrorNote, ModelPicker, Select, Tabs, useHashQuery } from './parts.js';
import { Attention } from './trace-attention.js';
import { Activations, Experts, Neighbours } from './trace-flow.js';
import { HeadRoles } from './trace-heads.js';
import { Lens } from './trace-lens.js';
import { Ablation, Attribution, Sensitivity } from './trace-parts.js';
import { Patching } from './trace-patch.js';
import { Steering } from './trace-steer.js';
import { TokenStrip } from './trace-tokens.js';

const EXAMPLE = 'The cat sat on the mat. The dog saw the cat. The cat sat on the';
const LONGEST_IN_ADDRESS = 500;

/**
 * Views by what they answer; `followed` ones are about the next token at the chosen place, one with
 * an `ownStrip` shows the tokens itself.
 */
const VIEWS = [
  { value: 'lens', label: 'Lens', title: 'What would each layer say?', View: Lens },
  {
    value: 'attention',
    label: 'Attention',
    title: 'Where does a head look?',
    View: Attention,
    ownStrip: true,
  },
  { value: 'heads', label: 'Head roles', title: 'Which head does what?', View: HeadRoles },
  {
    value: 'attribution',
    label: 'Attribution',
    title: 'What made this token likely?',
    View: Attribution,
    followed: true,
  },
  {
    value: 'sensitivity',
    label: 'Sensitivity',
    title: 'What would change it?',
    View: Sensitivity,
    followed: true,
  },
  {
    value: 'ablation',
    label: 'Ablation',
    title: 'What is it without a part?',
    View: Ablation,
    followed: true,
  },
  {
    value: 'patching',
    label: 'Patching',
    title: 'Where is the difference to another text?',
    View: Patching,
    followed: true,
  },
  { value: 'steering', label: 'Steering', title: 'Can it be pushed somewhere?', View: Steering },
  { value: 'activations', label: 'Activations', title: 'Which numbers flow?', View: Activations },
  {
    value: 'experts',
    label: 'Experts',
    title: 'Which experts are chosen?',
    View: Experts,
    experts: true,
  },
  { value: 'neighbours', label: 'Neighbours', title: 'What is near a token?', View: Neighbours },
];

const NO_SCENE = { value: '', label: 'none: as it was learned' };

const viewOf = (name) => VIEWS.find(({ value }) => value === name) ?? VIEWS[0];

function ScenePicker({ value, onChange }) {
  const { answer } = useAnswer('/studio/api/scenes', undefined);
  const scenes = answer?.scenes ?? [];
  if (scenes.length === 0) {
    return null;
  }
  const choose = (name) => onChange(scenes.find((scene) => scene.name === name) ?? null);
  return html`
    <${Select}
      label="With the scene"
      value=${value}
      onChange=${choose}
      options=${[NO_SCENE, ...scenes.map(({ name }) => name)]}
    />
  `;
}

/** What to follow: the model, the text, and the scene that is on. */
function TextForm({ model, text, scene, onModel, onText, onScene }) {
  const [draft, setDraft] = useState(text);
  useEffect(() => setDraft(text), [text]);
  const submit = (event) => {
    event.preventDefault();
    onText(draft);
  };
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      submit(event);
    }
  };
  return html`
    <form class="panel stack" onSubmit=${submit}>
      <div class="row">
        <${ModelPicker} value=${model} onChange=${onModel} />
        <${ScenePicker} value=${scene} onChange=${onScene} />
      </div>
      <${TextField}
        label="Text"
        hint="or ids:1,2,3"
        rows="3"
        value=${draft}
        onKeyDown=${onKeyDown}
        onChange=${setDraft}
      />
      <div class="row middle">
        <button class="primary" disabled=${draft === ''}>Follow it</button>
        <span class="hint">Ctrl+Enter</span>
      </div>
    </form>
  `;
}

/** Which next token is followed, if not the most probable one. */
function FollowedToken({ followed, onChange }) {
  const [token, setToken] = useState(followed.token ?? '');
  const [against, setAgainst] = useState(followed.against ?? '');
  const submit = (event) => {
    event.preventDefault();
    onChange({ token: token || undefined, against: against || undefined });
  };
  const field = (label, hint, value, onInput) => html`
    <${TextField} label=${label} hint=${hint} value=${value} onChange=${onInput} />
  `;
  return html`
    <form class="row" onSubmit=${submit}>
      ${field('Next token', 'the most probable if empty; id:N too', token, setToken)}
      ${field('Against', 'another token, or empty', against, setAgainst)}
      <button>Ask</button>
    </form>
  `;
}

/** The question about the text up to a token, which is then its last one. */
const askedUpTo = ({ model, mix }, tokens, position) => ({
  model,
  mix,
  tokens: tokens.slice(0, position + 1).map(({ id }) => id),
});

/** The views of one text, of which the model has read it all. */
function Followed({ question, tokens, shape, view, query, setQuery }) {
  const [position, setPosition] = useState(tokens.length - 1);
  const [followed, setFollowed] = useState({});
  const { View, title, followed: follows, ownStrip } = view;
  const asked = follows ? { ...askedUpTo(question, tokens, position), ...followed } : question;
  const showHead = (layer, head) => setQuery({ view: 'attention', layer, head }, { push: true });
  return html`
    <div class="panel stack">
      <h2>${title}</h2>
      ${
        !ownStrip &&
        html`
          <${TokenStrip}
            label="The tokens; the answer is about what follows the chosen one"
            tokens=${tokens}
            position=${position}
            onPosition=${setPosition}
          />
        `
      }
      ${follows && html`<${FollowedToken} followed=${followed} onChange=${setFollowed} />`}
      <${View}
        key=${view.value}
        question=${asked}
        tokens=${tokens}
        shape=${shape}
        position=${position}
        setPosition=${setPosition}
        onHead=${showHead}
        query=${query}
        setQuery=${setQuery}
      />
    </div>
  `;
}

/** Models without a tokenizer are asked by `ids:1,2,3`. */
function tokensOf(text) {
  const ids = /^ids:\s*(\d+(?:\s*,\s*\d+)*)\s*$/.exec(text)?.[1];
  return ids ? { tokens: ids.split(',').map(Number) } : { text };
}

function Reading({ model, text, mix, shape, ...shared }) {
  const question = { model, mix, ...tokensOf(text) };
  const asked = useAnswer('/studio/api/trace/lens', { ...question, top: 1 });
  return html`
    <${Answer} of=${asked} words="Reading the text">
      ${({ tokens }) => html`
        <${Followed}
          key=${`${model} ${tokens.length} ${text}`}
          question=${question}
          tokens=${tokens}
          shape=${shape}
          ...${shared}
        />
      `}
    <//>
  `;
}

export default function Screen() {
  const [query, setQuery] = useHashQuery();
  const [text, setText] = useState(query.text ?? EXAMPLE);
  const [scene, setScene] = useState(null);
  const { model } = query;
  const view = viewOf(query.view);
  const { shape, error, again } = useShape(model);
  const views = VIEWS.filter(
    ({ experts }) => !experts || shape?.experts.some((count) => count > 0),
  );

  useEffect(() => {
    if (query.text) {
      setText(query.text);
    }
  }, [query.text]);
  useEffect(() => {
    setQuery({ text: text.length <= LONGEST_IN_ADDRESS ? text : '' });
  }, [text]);

  return html`
    <h1>Trace</h1>
    <${TextForm}
      model=${model}
      text=${text}
      scene=${scene?.name ?? ''}
      onModel=${(name) => setQuery({ model: name })}
      onText=${setText}
      onScene=${setScene}
    />
    <${Tabs}
      label="What to see"
      value=${view.value}
      onChange=${(value) => setQuery({ view: value })}
      options=${views}
    />
    <${ErrorNote} error=${error} retry=${again} />
    ${
      text === ''
        ? html`
          <${Empty} title="Write a text to follow">
            <p>A sentence is enough; thousands of tokens can be read.</p>
          <//>
        `
        : model &&
          (shape
            ? html`
                <${Reading}
                  model=${model}
                  text=${text}
                  mix=${scene?.mix}
                  shape=${shape}
                  view=${view}
                  query=${query}
                  setQuery=${setQuery}
                />
              `
            : !error && html`<${Busy}>Opening the model<//>`)
    }
  `;
}
