// Making elements. Text is set as text, never as markup: names are a user's.

const SVG = 'http://www.w3.org/2000/svg';

/** Marks that turn the order of what follows are written out, so that a name cannot turn what stands beside it. */
export const written = (text) => String(text).replace(/[\u202A-\u202E\u2066-\u2069]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') element.textContent = written(value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.entries(value).forEach(([k, v]) => element.style.setProperty(k, v));
    else if (name === 'title' || name === 'aria-label') element.setAttribute(name, written(value));
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined).map((child) => (typeof child === 'string' ? written(child) : child)));
  return element;
}

export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** A canvas that is sharp on its screen; returns its context, scaled to CSS pixels. */
export function sized(canvas, width, height) {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

let known = null;

/** Has the colours of the page read again: light or dark has changed. */
export function forgetInks() {
  known = null;
}

/** The colours of the page. Reading them makes the browser lay out the page, so they are kept. */
export function inks() {
  known ??= readInks();
  return known;
}

function readInks() {
  const style = getComputedStyle(document.documentElement);
  const ink = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: ink('ink'), soft: ink('soft'), faint: ink('faint'), card: ink('card'), panel: ink('panel'),
    a: ink('a'), b: ink('b'), p: ink('p'), q: ink('q'), red: ink('red'), amber: ink('amber'), grid: ink('grid'),
  };
}

let tip = null;

/** Shows lines of text beside the pointer; null hides them. */
export function tooltip(lines, x = 0, y = 0) {
  if (!tip) {
    tip = el('div', { class: 'tip', role: 'status', hidden: true });
    document.body.append(tip);
  }
  if (!lines) {
    tip.hidden = true;
    return;
  }
  tip.replaceChildren(...lines.map((line) => (typeof line === 'string' ? el('div', { text: line }) : line)));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? x - width - 12 : x + 16;
  const top = y + 16 + height > innerHeight ? y - height - 12 : y + 16;
  tip.style.left = `${Math.max(left, 4)}px`;
  tip.style.top = `${Math.max(top, 4)}px`;
}

/** Text cut so that it fits; the whole of it stays in the title. */
export const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
