// Weights, gradients, updates and the surrogate derivative, where they were recorded.
import { Chart } from './charts.js';
import { css, sequential } from './colours.js';
import { el, inks, short } from './dom.js';
import { number } from './format.js';

const PARTS = ['all', 'input', 'recurrent', 'readout'];
const MATRICES = [['kl', 'KL from the start, nats'], ['wasserstein', 'distance from the start'], ['mean', 'mean weight']];

export class Health {
  constructor(app) {
    this.app = app;
    this.measure = 'kl';
    this.grid = el('div', { class: 'grid' });
    this.matrix = el('div');
    this.element = el('section', { class: 'card', id: 'health', 'aria-label': 'weights and health' }, el('h2', { text: 'Weights and gradients' }), this.grid, this.matrix);
  }

  update(app, changed) {
    const { run } = app.main;
    const there = run.names('health').length > 0;
    this.element.hidden = !there;
    if (!there) return;
    if (changed.has('all') || changed.has('palette') || run !== this.run) this.makeCharts(app, run);
    this.run = run;
    const ink = inks();
    this.charts.forEach((c) => c.mark(app.shown.filter((s) => s.run === run).map((s) => ({ x: run.steps[s.place], colour: ink[s.key] }))));
    this.drawMatrix(app);
  }

  makeCharts(app, run) {
    const ink = inks();
    const colours = app.colours(run);
    const common = { x: run.steps, xLabel: 'step', wholeX: true, log: true, onPick: (place) => place >= 0 && app.go(place) };
    const ofParts = (name) => PARTS.map((part, i) => ({ name: part, colour: [ink.ink, ink.a, ink.b, ink.soft][i], values: run.values('health', name, part), thick: part === 'all', dash: [null, '5 3', null, '2 3'][i] }));
    const ofPopulations = (name) => run.populations.map((p) => ({ name: p.name, colour: css(colours[p.number]), values: run.values('health', name, p.name), faint: true }));
    this.charts = [];
    const add = (options) => {
      const series = options.series.filter((line) => line.values);
      if (series.length) this.charts.push(new Chart({ ...common, ...options, series }));
    };
    add({ title: 'Gradient', note: 'norm', series: ofParts('gradient_norm') });
    add({ title: 'Gradient of each population', note: 'norm', legend: false, series: ofPopulations('gradient_norm') });
    add({ title: 'Update over weight', note: 'norm of the applied change over that of the weights', series: ofParts('update_ratio') });
    add({ title: 'Surrogate derivative', note: 'part of neurons and time where it is above 1 % of its peak', log: false, from: 0, to: 1, legend: false, series: [...ofPopulations('surrogate_occupancy'), { name: 'all', colour: ink.ink, thick: true, values: run.values('health', 'surrogate_occupancy', 'all') }] });
    this.grid.replaceChildren(...this.charts.map((c) => c.host));
    this.charts.forEach((c) => c.draw());
  }

  drawMatrix(app) {
    const side = app.main;
    const pairs = side.look?.weightRows() ?? [];
    const measures = MATRICES.filter(([key]) => pairs.some((pair) => Number.isFinite(pair[key])));
    if (!measures.length) {
      this.shownKey = null;
      this.matrix.replaceChildren();
      return;
    }
    const [measure, words] = measures.find(([key]) => key === this.measure) ?? measures[0];
    const cells = new Map(pairs.map((pair) => [`${pair.pre}\u0000${pair.post}`, pair[measure]]));
    const [sources, targets] = ['pre', 'post'].map((end) => new Set(pairs.map((pair) => pair[end])));
    const order = new Map(app.main.run.populations.map((p, i) => [p.name, i]));
    const sorted = (names) => [...names].sort((p, q) => (order.get(p) ?? -1) - (order.get(q) ?? -1)).slice(0, 60);
    const [rows, columns] = [sorted(sources), sorted(targets)];
    const sizes = [...cells.values()].filter(Number.isFinite).map(Math.abs);
    const most = Math.max(...sizes, 1e-12);
    const select = el('select', { 'aria-label': 'what is shown of the weights', onchange: () => { this.measure = select.value; this.drawMatrix(app); } }, measures.map(([value, text]) => el('option', { value, text, selected: value === measure })));
    const fill = (td, pre, post) => {
      const v = cells.get(`${pre}\u0000${post}`);
      const isKnown = Number.isFinite(v);
      td.title = isKnown ? `${pre} → ${post}: ${number(v)}` : `${pre} → ${post}: no synapses`;
      td.setAttribute('aria-label', isKnown ? number(v) : 'none');
      td.style.background = isKnown ? css(sequential(Math.abs(v) / most, app.dark)) : 'transparent';
      return td;
    };
    const says = `${words}, by source (rows) and target; the strongest is ${number(most)}`;
    // The table stays while only its numbers change.
    const key = [measure, ...rows, '', ...columns].join('\u0000');
    if (this.shownKey === key) {
      this.heading.textContent = `Weights, ${app.nameOf(side)}`;
      this.says.textContent = says;
      rows.forEach((pre, i) => columns.forEach((post, k) => fill(this.cells[i][k], pre, post)));
      return;
    }
    this.shownKey = key;
    this.cells = rows.map((pre) => columns.map((post) => fill(el('td'), pre, post)));
    this.heading = el('strong', { text: `Weights, ${app.nameOf(side)}` });
    this.says = el('span', { class: 'note', text: says });
    const body = rows.map((pre, i) => el('tr', {}, el('th', { scope: 'row', text: short(pre, 14), title: pre }), this.cells[i]));
    this.matrix.replaceChildren(el('figure', { class: 'chart wide' },
      el('figcaption', {}, this.heading, select, this.says),
      el('div', { class: 'scroll', tabindex: '0', 'data-keys': 'yes', role: 'region', 'aria-label': 'weights by source and target' },
        el('table', { class: 'weights' }, el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: 'from ↓ to →' }), columns.map((post) => el('th', { scope: 'col', title: post }, el('span', { text: short(post, 10) }))))), el('tbody', {}, body)))));
  }
}
