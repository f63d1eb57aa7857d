// Input, raster, population rates and a potential over one time axis.
import { pixel } from './colours.js';
import { el, inks, short, sized, tooltip, written } from './dom.js';
import { Filter } from './filter.js';
import { counted, number, whole } from './format.js';
import { Gestures } from './gestures.js';
import { layerBands, makeLines } from './lines.js';
import { lowerBound } from './paint.js';
import { AXIS, Panels } from './panels.js';

const RIGHT = 26;
const EMPTY = { from: 0, to: 1, first: 0, end: 1 };

export class Timeline extends Panels {
  constructor(app) {
    super();
    this.app = app;
    this.view = { ...EMPTY };
    this.canvases = {};
    this.panels = {};
    for (const name of ['input', 'raster', 'rates', 'potential']) {
      this.canvases[name] = el('canvas', { 'aria-hidden': name === 'raster' ? null : 'true' });
      this.panels[name] = el('div', { class: `panel ${name}` }, el('h3', {}), this.canvases[name]);
    }
    Object.entries({ tabindex: '0', role: 'img', 'data-keys': 'yes' }).forEach(([k, v]) => this.canvases.raster.setAttribute(k, v));
    this.cross = el('div', { class: 'cross', hidden: true });
    this.box = el('div', { class: 'box', hidden: true });
    this.stack = el('div', { class: 'stack' }, Object.values(this.panels), this.cross, this.box);
    this.card = el('div', { class: 'neuron', 'aria-live': 'polite' });
    this.note = el('p', { class: 'note said' });
    this.tools = this.makeTools();
    this.filter = new Filter(app);
    this.element = el('section', { id: 'raster', class: 'card timeline', 'aria-label': 'spikes' }, el('h2', { text: 'Spikes' }), this.tools, this.filter.element, this.note, this.stack, this.card);
    this.gestures = new Gestures(this);
    this.stack.addEventListener('pointermove', (event) => this.hover(event));
    this.stack.addEventListener('pointerleave', () => this.leave());
  }

  makeTools() {
    const { app } = this;
    const choose = (label, name, choices) => {
      const select = el('select', { onchange: () => app.set({ [name]: select.value }) }, choices.map(([value, text]) => el('option', { value, text })));
      return el('label', {}, el('span', { text: label }), select);
    };
    const { runA } = app;
    const sorts = [['type', 'layer and type'], ['rate', 'rate'], runA.depth ? ['depth', 'depth'] : null, runA.angle ? ['angle', 'preferred direction'] : null].filter(Boolean);
    const button = (text, label, act) => el('button', { type: 'button', text, title: label, 'aria-label': label, onclick: act });
    return el('div', { class: 'tools' },
      choose('Sort', 'sort', sorts),
      choose('Colours', 'palette', [['figures', 'as in the figures'], ['safe', 'colour-blind safe']]),
      el('div', { class: 'group' }, button('−', 'zoom out', () => this.zoom(1.6)), button('+', 'zoom in', () => this.zoom(1 / 1.6)), button('reset', 'show everything (0)', () => this.reset())),
      el('span', { class: 'hint', text: 'drag: zoom · shift-drag: move · click: potential · double click: reset' }));
  }

  // What is shown -------------------------------------------------------------------------------

  update(app, changed) {
    if (changed.has('all') || changed.has('palette')) this.palette();
    this.prepare();
    const { run } = app.main;
    this.filter.update(run, this.colours.get(run).list);
    this.cardOf();
    this.draw();
  }

  palette() {
    this.ink = inks();
    this.colours = new Map(this.app.runs.map((run) => {
      const list = this.app.colours(run);
      const order = run.populations.map((p) => p.count).map((c, i) => [c, i]).sort((p, q) => q[0] - p[0]);
      const ranks = new Uint16Array(list.length);
      order.forEach(([, i], rank) => { ranks[i] = rank; });
      const byRank = new Uint32Array(list.length);
      list.forEach((colour, i) => { byRank[ranks[i]] = pixel(colour); });
      return [run, { list, pixels: Uint32Array.from(list, pixel), ranks, byRank }];
    }));
  }

  prepare() {
    const { app } = this;
    const { run, look } = app.main;
    const hidden = new Set(run.populations.filter((p) => app.state.hidden.has(p.name)).map((p) => p.number));
    const others = app.shown.map((side) => side.look);
    this.sides = app.shown;
    const thinned = others.find((each) => each && !each.allSpikes);
    const sorted = app.state.sort !== 'type';
    this.useSpikes = look && (!thinned || sorted);
    const rows = thinned && sorted ? thinned.chosen : null;
    const key = [app.state.mode, run.prefix, [...hidden].join(), app.state.sort, rows ? `${rows.length} of ${thinned.place}` : '', app.state.sort === 'rate' ? look?.place : '', run.n_neurons].join('|');
    if (key !== this.linesKey) {
      const before = this.lines?.rows.length;
      this.lines = makeLines(run, { sort: look ? app.state.sort : 'type', hidden, rows, rateOf: (row) => look?.rateOf(row) || 0 });
      this.layers = layerBands(this.lines.bands);
      this.linesKey = key;
      if (before !== this.lines.rows.length) this.wholeRows();
    }
    const nSteps = Math.max(...others.map((each) => each?.nSteps ?? 1), 1);
    if (nSteps !== this.nSteps) {
      this.nSteps = nSteps;
      this.view.from = 0;
      this.view.to = nSteps;
    }
    this.say(thinned, sorted);
  }

  wholeRows() {
    this.view.first = 0;
    this.view.end = Math.max(this.lines.rows.length, 1);
  }

  say(thinned, sorted) {
    const { app } = this;
    const words = [];
    if (!app.main.look) words.push(app.main.run.has_neurons ? 'Of this step the page has numbers only.' : 'No spikes are stored of this run: it was recorded with save_data=False.');
    else if (thinned && sorted) words.push(`Of ${app.nameOf(app.shown.find((s) => s.look === thinned))} the page has all spikes of ${counted(thinned.chosen.length, 'neuron')} spread over all populations; these are shown.`);
    else if (thinned) words.push('Of this step the page has spike counts in bins. Zoom in to see the spikes of the neurons that keep them; steps with a dark mark below the slider have every spike.');
    if (app.state.mode === 'diff' && !this.comparable()) words.push('A and B do not have the same neurons, so that no difference can be drawn. Here are the spikes of A; press B for those of B.');
    this.note.textContent = words.join(' ');
    [this.note.hidden, this.tools.hidden] = [!words.length, !app.main.look];
  }

  comparable() {
    const [a, b] = this.sides;
    if (!b || !a.look || !b.look) return false;
    const same = (p, i) => p.name === b.run.populations[i]?.name && p.count === b.run.populations[i].count;
    return a.run === b.run || (a.run.n_neurons === b.run.n_neurons && a.run.populations.every(same));
  }

  // Drawing -------------------------------------------------------------------------------------

  measure() {
    this.width = this.stack.clientWidth || 600;
    this.left = this.width < 560 ? 46 : 82;
    this.across = Math.max(this.width - this.left - RIGHT, 50);
    const { look } = this.app.main;
    const small = this.width < 560;
    this.heights = {
      input: look?.arrays.input ? 54 : 0,
      raster: look ? (document.documentElement.dataset.printing ? 240 : small ? 320 : 440) : 0,
      rates: look ? 104 + AXIS : 0,
      potential: this.potential ? 104 + AXIS : 0,
    };
  }

  draw() {
    if (!this.sides) return;
    this.measure();
    for (const [name, panel] of Object.entries(this.panels)) panel.hidden = !this.heights[name];
    if (!this.heights.raster) return;
    const started = performance.now();
    this.drawRaster(sized(this.canvases.raster, this.width, this.heights.raster));
    if (this.heights.input) this.drawInput(sized(this.canvases.input, this.width, this.heights.input));
    this.drawRates(sized(this.canvases.rates, this.width, this.heights.rates));
    if (this.heights.potential) this.drawPotential(sized(this.canvases.potential, this.width, this.heights.potential));
    this.frameMs = performance.now() - started;
  }

  timeToX(t) {
    return this.left + ((t - this.view.from) / (this.view.to - this.view.from)) * this.across;
  }

  frame(context, height, colour = this.ink.panel) {
    context.fillStyle = colour;
    context.fillRect(this.left, 0, this.across, height);
  }

  title(name, text) {
    this.panels[name].firstChild.textContent = written(text);
  }

  spikesAt(row) {
    const { look } = this.app.main;
    const i = look.spikesOf(row);
    return i < 0 ? [] : [...look.times.subarray(look.offsets[i], look.offsets[i + 1])];
  }

  /** What is known of the chosen neuron. */
  cardOf() {
    const { app } = this;
    const { run, look } = app.main;
    const id = app.state.neuron;
    const row = id === null ? -1 : run.rowOf(id);
    this.potential = look && row >= 0 ? look.potentialOf(id) : null;
    const recorded = look?.potential_neurons ?? [];
    if (!look) {
      this.card.replaceChildren();
      return;
    }
    const choices = el('select', { 'aria-label': 'potential of a recorded neuron', onchange: () => app.set({ neuron: choices.value === '' ? null : Number(choices.value) }) },
      el('option', { value: '', text: recorded.length ? 'choose a recorded neuron' : 'no potentials of this step are in the page' }),
      recorded.map((each) => el('option', { value: each, selected: each === id, text: `${each} · ${short(run.populations[run.populationOfRow[run.rowOf(each)]]?.name ?? '?', 24)}` })));
    choices.disabled = !recorded.length;
    const words = [];
    if (row >= 0) {
      const spikes = this.spikesAt(row).map((t) => number(t * look.dt, 6));
      words.push(`Neuron ${id} · ${run.populations[run.populationOfRow[row]].name} · ${number(look.rateOf(row))} Hz`);
      if (run.depth && run.range_um.depth) words.push(`depth ≈ ${whole(run.range_um.depth[0] + (run.depth[row] / 255) * (run.range_um.depth[1] - run.range_um.depth[0]))} µm`);
      if (run.angle) words.push(`tuned to ≈ ${whole((run.angle[row] / 256) * 360)}°`);
      words.push(look.spikesOf(row) < 0 ? 'its spikes are not in the page at this step' : spikes.length ? `spikes at ${spikes.slice(0, 12).join(', ')}${spikes.length > 12 ? ', …' : ''} ms` : 'no spikes');
      if (!this.potential) words.push('its potential is not here');
    }
    this.card.replaceChildren(el('label', {}, el('span', { text: 'Potential of' }), choices), el('span', { text: words.join(' · ') }));
  }

  // Pointer and keys ----------------------------------------------------------------------------

  hover(event) {
    if (!this.heights?.raster || event.buttons) return;
    const at = this.gestures.place(event);
    const inTime = at.x >= this.left && at.x < this.left + this.across;
    this.cross.hidden = !inTime;
    this.cross.style.left = `${at.x}px`;
    if (!inTime) {
      const id = this.gestures.ringAt(at);
      tooltip(id === null ? null : [`potential of neuron ${id}`], event.clientX, event.clientY);
      return;
    }
    tooltip(at.inside ? this.aboutNeuron(at) : this.aboutTime(at), event.clientX, event.clientY);
  }

  aboutNeuron({ time, line }) {
    const { run, look } = this.app.main;
    const row = this.lines.rows[Math.floor(line)];
    if (row === undefined) return null;
    const p = run.populations[run.populationOfRow[row]];
    const words = [`neuron ${run.ids[row]} · ${p.name}`];
    const i = look.spikesOf(row);
    if (i >= 0) {
      words.push(`${number(look.rateOf(row))} Hz, ${counted(look.offsets[i + 1] - look.offsets[i], 'spike')}`);
      const reach = Math.max(((this.view.to - this.view.from) / this.across) * 5, 0.5);
      const near = lowerBound(look.times, time - reach, look.offsets[i], look.offsets[i + 1]);
      if (near < look.offsets[i + 1] && look.times[near] <= time + reach) words.push(`spike at ${number(look.times[near] * look.dt, 6)} ms`);
    } else words.push('spikes of its population in bins only');
    words.push(`${number(time * look.dt, 4)} ms`);
    return words;
  }

  aboutTime({ time }) {
    const rows = (this.rateCurves ?? []).map((curve) => {
      const c = Math.min(lowerBound(curve.edges, time, 0, curve.edges.length), curve.edges.length - 1) - 1;
      return el('div', { class: 'row' }, el('i', { style: { background: curve.colour } }), el('span', { text: short(curve.name, 24) }), el('b', { text: `${number(curve.values[Math.max(c, 0)])} Hz` }));
    });
    const { look } = this.app.main;
    if (this.potential) {
      const v = this.potential.values[Math.min(Math.max(Math.floor(time), 0), look.nSteps - 1)];
      rows.push(`neuron ${this.app.state.neuron}: ≈ ${number(v)} ${look.potential_unit}`);
    }
    return [`${number(time * look.dt, 4)} ms`, ...rows];
  }

  leave() {
    this.cross.hidden = true;
    tooltip(null);
  }

  zoomTo(start, now) {
    const next = { ...this.view };
    if (Math.abs(now.x - start.x) > 8) [next.from, next.to] = [Math.min(start.time, now.time), Math.max(start.time, now.time)];
    if (Math.abs(now.y - start.y) > 8) [next.first, next.end] = [Math.min(start.line, now.line), Math.max(start.line, now.line)];
    this.setView(next);
  }

  moveTo(before, start, now) {
    const dt = ((now.x - start.x) / this.across) * (before.to - before.from);
    const dn = ((now.y - start.y) / this.heights.raster) * (before.end - before.first);
    this.setView({ from: before.from - dt, to: before.to - dt, first: before.first - dn, end: before.end - dn });
  }

  zoom(factor, at = null) {
    const v = this.view;
    const time = at ? at.time : (v.from + v.to) / 2;
    const line = at ? at.line : (v.first + v.end) / 2;
    this.setView({
      from: time - (time - v.from) * factor, to: time + (v.to - time) * factor,
      first: line - (line - v.first) * factor, end: line + (v.end - line) * factor,
    });
  }

  setView({ from, to, first, end }) {
    const fit = (low, high, most, least) => {
      const size = Math.min(Math.max(high - low, least), most);
      const start = Math.min(Math.max((low + high) / 2 - size / 2, 0), most - size);
      return [start, start + size];
    };
    const most = Math.max(this.lines?.rows.length ?? 1, 1);
    [this.view.from, this.view.to] = fit(from, to, this.nSteps, Math.min(5, this.nSteps));
    [this.view.first, this.view.end] = fit(first, end, most, Math.min(3, most));
    if (!this.asked) {
      this.asked = requestAnimationFrame(() => {
        this.asked = null;
        this.draw();
      });
    }
  }

  reset() {
    this.setView({ from: 0, to: this.nSteps, first: 0, end: Math.max(this.lines.rows.length, 1) });
  }
}

