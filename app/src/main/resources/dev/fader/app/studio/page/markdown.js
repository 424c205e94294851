// Markdown as elements: text nodes only, so whatever a model writes stays text.
import { html } from './htm.js';

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^(#{1,6}) +(.*)$/;
const BULLET = /^ {0,3}[-*+] +/;
const NUMBERED = /^ {0,3}\d{1,9}[.)] +/;
const QUOTE = /^ {0,3}> ?/;
const INDENT = /^ {4}/;

const isBlank = (line) => line.trim() === '';

/** Where the block of `kind` that begins at `from` ends. */
function endOf(lines, from, holds) {
  let end = from;
  while (end < lines.length && holds(lines[end])) {
    end++;
  }
  return end;
}

function fenced(lines, at) {
  const [, fence] = FENCE.exec(lines[at]);
  const closes = (line) =>
    line.trim().startsWith(fence) && line.trim().replaceAll(fence[0], '') === '';
  const close = lines.findIndex((line, index) => index > at && closes(line));
  const end = close < 0 ? lines.length : close;
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, next: end + 1 };
}

function indented(lines, at) {
  const end = endOf(lines, at, (line) => INDENT.test(line) || isBlank(line));
  const text = lines
    .slice(at, end)
    .map((line) => line.slice(4))
    .join('\n')
    .trimEnd();
  return { block: { kind: 'code', text }, next: end };
}

function list(lines, at, marker, kind) {
  const end = endOf(
    lines,
    at,
    (line) => marker.test(line) || (!isBlank(line) && /^ {2,}/.test(line)),
  );
  const items = [];
  for (const line of lines.slice(at, end)) {
    if (marker.test(line)) {
      items.push(line.replace(marker, ''));
    } else {
      items[items.length - 1] += `\n${line.trim()}`;
    }
  }
  return { block: { kind, items }, next: end };
}

const begins = (line) =>
  FENCE.test(line) ||
  HEADING.test(line) ||
  BULLET.test(line) ||
  NUMBERED.test(line) ||
  QUOTE.test(line);

function paragraph(lines, at) {
  const end = endOf(lines, at + 1, (line) => !isBlank(line) && !begins(line));
  return { block: { kind: 'paragraph', text: lines.slice(at, end).join('\n') }, next: end };
}

function blockAt(lines, at) {
  const line = lines[at];
  if (FENCE.test(line)) {
    return fenced(lines, at);
  }
  if (INDENT.test(line)) {
    return indented(lines, at);
  }
  if (HEADING.test(line)) {
    const [, signs, text] = HEADING.exec(line);
    return { block: { kind: 'heading', level: signs.length, text }, next: at + 1 };
  }
  if (BULLET.test(line)) {
    return list(lines, at, BULLET, 'bullets');
  }
  if (NUMBERED.test(line)) {
    return list(lines, at, NUMBERED, 'numbers');
  }
  if (QUOTE.test(line)) {
    const end = endOf(lines, at, (one) => QUOTE.test(one));
    const text = lines
      .slice(at, end)
      .map((one) => one.replace(QUOTE, ''))
      .join('\n');
    return { block: { kind: 'quote', text }, next: end };
  }
  return paragraph(lines, at);
}

export function blocksOf(text) {
  const lines = text.replaceAll('\r', '').split('\n');
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      at++;
      continue;
    }
    const { block, next } = blockAt(lines, at);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

const MARKS = [
  { open: '`', kind: 'code' },
  { open: '**', kind: 'strong' },
  { open: '*', kind: 'emphasis' },
];

/** The mark that opens at `at` and closes later, with what is between. */
function markAt(text, at) {
  for (const { open, kind } of MARKS) {
    if (text.startsWith(open, at) && !/\s/.test(text[at + open.length] ?? ' ')) {
      const close = text.indexOf(open, at + open.length + 1);
      if (close > 0) {
        return { kind, text: text.slice(at + open.length, close), next: close + open.length };
      }
    }
  }
  return null;
}

const LINK = /\[([^[\]\n]{1,200})\]\(([^()\s]{1,500})\)/y;

function linkAt(text, at) {
  LINK.lastIndex = at;
  const match = text[at] === '[' && LINK.exec(text);
  return match ? { kind: 'link', text: match[1], address: match[2], next: LINK.lastIndex } : null;
}

export function inlineOf(text) {
  const parts = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    const mark = '`*['.includes(text[at]) ? (markAt(text, at) ?? linkAt(text, at)) : null;
    if (!mark) {
      at++;
      continue;
    }
    parts.push({ kind: 'text', text: text.slice(plain, at) }, mark);
    at = mark.next;
    plain = at;
  }
  parts.push({ kind: 'text', text: text.slice(plain) });
  return parts;
}

function Inline({ text, linkTo }) {
  return inlineOf(text).map((part) => {
    switch (part.kind) {
      case 'code':
        return html`<code>${part.text}</code>`;
      case 'strong':
        return html`<strong>${part.text}</strong>`;
      case 'emphasis':
        return html`<em>${part.text}</em>`;
      case 'link': {
        const address = linkTo(part.address);
        return address
          ? html`<a href=${address}>${part.text}</a>`
          : `${part.text} (${part.address})`;
      }
      default:
        return part.text;
    }
  });
}

function Block({ block, linkTo }) {
  const inline = (text) => html`<${Inline} text=${text} linkTo=${linkTo} />`;
  const items = () => block.items.map((item, at) => html`<li key=${at}>${inline(item)}</li>`);
  switch (block.kind) {
    case 'code':
      return html`<pre tabindex="0"><code>${block.text}</code></pre>`;
    case 'heading':
      return block.level === 1
        ? html`<h2>${inline(block.text)}</h2>`
        : html`<h3>${inline(block.text)}</h3>`;
    case 'bullets':
      return html`<ul>${items()}</ul>`;
    case 'numbers':
      return html`<ol>${items()}</ol>`;
    case 'quote':
      return html`<blockquote>${inline(block.text)}</blockquote>`;
    default:
      return html`<p>${inline(block.text)}</p>`;
  }
}

const nowhere = () => null;

/** `linkTo(address)` says where a link may lead on the page; the others stay text. */
export function Markdown({ text, linkTo = nowhere }) {
  return html`
    <div class="markdown" dir="auto">
      ${blocksOf(text).map(
        (block, at) => html`
        <${Block} key=${at} block=${block} linkTo=${linkTo} />
      `,
      )}
    </div>
  `;
}
