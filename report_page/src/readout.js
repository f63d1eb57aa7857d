// What the model says: readout over time, confidence of each class, confusion over the looks.
import { Chart } from './charts.js';
import { css, sequential } from './colours.js';
import { el, inks } from './dom.js';
import { counted, number, percent, whole } from './format.js';

const MOST_CLASSES = 40;

/** What the colours of the lines mean. */
function linesOf(label, prediction, dark) {
  if (Number.isFinite(label) && label === prediction) return `true and predicted ${label}: red`;
  const words = [Number.isFinite(label) ? `true ${label}: red` : null, Number.isFinite(prediction) ? `predicted ${prediction}: ${dark ? 'white' : 'black'}` : null];
  return words.filter(Boolean).join(' · ');
}

export class Readout {
  constructor() {
    this.grid = el('div', { class: 'grid' });
    this.element = el('section', { class: 'card', id: 'readout', 'aria-label': 'readout' }, el('h2', { text: 'Readout' }), this.grid);
  }

  update(app) {
    const sides = app.shown.filter((side) => side.look);
    const lines = sides.map((side) => this.overTime(app, side));
    const bars = sides.map((side) => this.confidence(app, side));
    const confusions = app.runs.map((run) => this.confusion(app, run));
    // Of A and B the same things stand side by side.
    const pair = sides.length > 1;
    const known = (pair && app.runs.length < 2 ? [...lines, ...confusions, ...bars] : [...lines, ...bars, ...confusions]).filter(Boolean);
    this.grid.classList.toggle('sides', pair && app.runs.length > 1);
    confusions.forEach((each) => each?.classList.toggle('tall', pair && app.runs.length < 2));
    this.element.hidden = !known.length;
    this.grid.replaceChildren(...known.map((part) => part.host ?? part));
    known.forEach((part) => part.draw?.());
  }

  overTime(app, { key, run, place, look }) {
    const { outputs } = look;
    if (!outputs || outputs.n_chunks < 2 || outputs.n_outputs > 200) return null;
    const ink = inks();
    const n = Math.floor(look.arrays.outputs.length / outputs.n_outputs);
    const x = Float64Array.from({ length: n }, (_, i) => ((i * outputs.stride + 0.5) * look.durationMs) / outputs.n_chunks);
    const label = run.value(place, 'label');
    const prediction = run.value(place, 'prediction');
    const lines = Array.from({ length: outputs.n_outputs }, (_, o) => ({
      name: `${o}${o === label ? ', true class' : ''}${o === prediction ? ', predicted' : ''}`,
      colour: o === label ? ink.red : o === prediction ? ink.ink : ink.faint,
      thick: o === label || o === prediction,
      values: Float64Array.from({ length: n }, (_, i) => look.arrays.outputs[i * outputs.n_outputs + o]),
    }));
    lines.sort((p, q) => Number(Boolean(p.thick)) - Number(Boolean(q.thick)));
    const chart = new Chart({ title: `Readout over time${app.shown.length > 1 ? `, ${key.toUpperCase()}` : ''}`, note: linesOf(label, prediction, app.dark), x, xLabel: 'time', xUnit: ' ms', series: lines, legend: false, height: 190 });
    return chart;
  }

  confidence(app, { key, run, place, look }) {
    const values = look.arrays.confidence;
    if (!values || !values.length) return null;
    const label = run.value(place, 'label');
    const prediction = run.value(place, 'prediction');
    const all = [...values].map((v, i) => [v, i]);
    const shown = all.length > MOST_CLASSES ? all.sort((p, q) => q[0] - p[0]).slice(0, MOST_CLASSES) : all;
    const most = Math.max(...shown.map(([v]) => Math.abs(v)).filter(Number.isFinite), 1e-9);
    const isShare = shown.every(([v]) => v >= 0 && v <= 1);
    const rows = shown.map(([v, i]) =>
      el('li', { class: i === label ? 'true' : '' },
        el('span', { class: 'class', text: `${i}` }),
        el('span', { class: 'barbox' }, el('i', { style: { width: `${v > 0 ? (v / most) * 100 : 0}%` } })),
        el('b', { text: isShare ? v.toFixed(3) : number(v), title: number(v) }),
        el('span', { class: 'which', text: [i === label ? 'true' : '', i === prediction ? 'predicted' : ''].filter(Boolean).join(', ') })));
    const right = Number.isFinite(label) ? (label === prediction ? 'right' : 'wrong') : 'true class unknown';
    return el('figure', { class: 'chart' }, el('figcaption', {}, el('strong', { text: `Confidence${app.shown.length > 1 ? `, ${key.toUpperCase()}` : ''}` }), el('span', { class: 'note', text: right })), el('ol', { class: 'confidence' }, rows));
  }

  /** Of all looks, so that it is made once. */
  confusion(app, run) {
    this.made ??= new Map();
    const key = `${run.prefix} ${app.dark}`;
    if (!this.made.has(key)) this.made.set(key, this.makeConfusion(app, run));
    return this.made.get(key);
  }

  /** Looks have come. */
  forget() {
    this.made?.clear();
  }

  makeConfusion(app, run) {
    const { pair_label: labels, pair_class: classes } = run.arrays;
    if (!labels.length) return null;
    const top = Math.max(...labels, ...classes) + 1;
    if (top > MOST_CLASSES || top < 2) return null;
    const counts = Array.from({ length: top }, () => new Array(top).fill(0));
    let right = 0;
    labels.forEach((label, i) => {
      counts[label][classes[i]] += 1;
      right += label === classes[i] ? 1 : 0;
    });
    const most = Math.max(...counts.flat(), 1);
    const cell = (n, isRight) => {
      const colour = sequential(n / most, app.dark);
      const [r, g, b] = colour;
      const ink = 0.3 * r + 0.6 * g + 0.1 * b > 140 ? '#111' : '#fff';
      return el('td', { class: isRight ? 'right' : '', style: n ? { background: css(colour), color: ink } : {}, text: n ? whole(n) : '' });
    };
    const head = el('tr', {}, el('th', { scope: 'col' }, el('span', { text: 'predicted →' }), el('span', { text: 'true ↓' })), counts.map((_, i) => el('th', { scope: 'col', text: `${i}` })));
    const rows = counts.map((row, i) => el('tr', {}, el('th', { scope: 'row', text: `${i}` }), row.map((n, k) => cell(n, i === k))));
    const name = app.runs.length > 1 ? `, ${run.name}` : '';
    return el('figure', { class: 'chart' },
      el('figcaption', {}, el('strong', { text: `Confusion over all looks${name}` }), el('span', { class: 'note', text: `${counted(labels.length, 'trial')}, ${percent(right / labels.length)} right` })),
      el('div', { class: 'scroll', tabindex: '0', 'data-keys': 'yes', role: 'region', 'aria-label': 'confusion' }, el('table', { class: 'confusion' }, el('thead', {}, head), el('tbody', {}, rows))));
  }
}
