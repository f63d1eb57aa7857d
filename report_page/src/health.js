// Weights, gradients, updates and the surrogate derivative, where they were recorded.
import { Chart } from './charts.js';
import { css } from './colours.js';
import { el, inks } from './dom.js';
import { Weights } from './weights.js';

const PARTS = ['all', 'input', 'recurrent', 'readout'];

export class Health {
  constructor(app) {
    this.app = app;
    this.grid = el('div', { class: 'grid' });
    this.weights = new Weights();
    this.element = el('section', { class: 'card', id: 'health', 'aria-label': 'weights and health' }, el('h2', { text: 'Weights and gradients' }), this.grid, this.weights.host);
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
    this.weights.update(app);
  }

  makeCharts(app, run) {
    const ink = inks();
    const colours = app.colours(run);
    const common = { x: run.steps, xLabel: 'step', wholeX: true, log: true, onPick: (place) => place >= 0 && app.go(place) };
    const ofParts = (name) => PARTS.map((part, i) => ({ name: part, colour: [ink.ink, ink.p, ink.q, ink.soft][i], values: run.values('health', name, part), thick: part === 'all', dash: [null, '5 3', null, '2 3'][i] }));
    const ofPopulations = (name) => run.populations.map((p) => ({ name: p.name, colour: css(colours[p.number]), values: run.values('health', name, p.name), faint: true }));
    this.charts = [];
    const add = (options) => {
      const series = options.series.filter((line) => line.values);
      if (series.length) this.charts.push(new Chart({ ...common, ...options, series }));
    };
    add({ title: 'Gradient', note: 'norm, log axis', series: ofParts('gradient_norm') });
    add({ title: 'Gradient by population', note: 'norm, log axis', legend: false, series: ofPopulations('gradient_norm') });
    add({ title: 'Update over weight', note: 'ratio of norms, log axis', series: ofParts('update_ratio') });
    add({ title: 'Surrogate derivative', note: 'share above 1 % of its peak', log: false, from: 0, to: 1, legend: false, series: [...ofPopulations('surrogate_occupancy'), { name: 'all', colour: ink.ink, thick: true, values: run.values('health', 'surrogate_occupancy', 'all') }] });
    // Four stand in one line where there is room, instead of three and one.
    this.grid.classList.toggle('four', this.charts.length === 4);
    this.grid.replaceChildren(...this.charts.map((c) => c.host));
    this.charts.forEach((c) => c.draw());
  }
}
