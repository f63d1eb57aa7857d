// Input, raster, population rates and a potential over one time axis.
import { css, pixel, sequential, diverging } from './colours.js';
import { el, inks, short, sized, tooltip } from './dom.js';
import { counted, number, ticks, whole } from './format.js';
import { layerBands, makeLines, spreadLabels } from './lines.js';
import { Field, colourField, lowerBound, paintGrid, paintSpikes } from './paint.js';

const RIGHT = 14;
const AXIS = 26;
const CLASSES = ['Exc', 'PV', 'SST', 'VIP', 'Htr3a', 'Inh', ''];
const EMPTY = { from: 0, to: 1, first: 0, end: 1 };

/** First row of each bin and the end of the last; no bin holds rows of two populations. */
export function binEdges(run, most) {
  const edges = [0];
  for (const p of run.populations) {
    const n = Math.min(Math.max(Math.floor((most * p.count) / Math.max(run.n_neurons, 1)), 1), p.count);
    for (let i = 1; i <= n; i += 1) edges.push(p.start + Math.floor((i * p.count) / n));
  }
  return Uint32Array.from(edges);
}

export class Timeline {
  constructor(app) {
    this.app = app;
    this.view = { ...EMPTY };
    this.wholeView = true;
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
    this.legend = el('div', { class: 'filter', role: 'group', 'aria-label': 'populations that are shown' });
    this.element = el('section', { id: 'raster', class: 'card timeline', 'aria-label': 'spikes' }, el('h2', { text: 'Spikes' }), this.tools, this.legend, this.note, this.stack, this.card);
    this.listen();
  }

  makeTools() {
    const { app } = this;
    const choose = (label, name, choices) => {
      const select = el('select', { onchange: () => app.set({ [name]: select.value }) }, choices.map(([value, text]) => el('option', { value, text })));
      this[`${name}Select`] = select;
      return el('label', {}, el('span', { text: label }), select);
    };
    const { runA } = app;
    const sorts = [['type', 'layer and type'], ['rate', 'rate'], runA.depth ? ['depth', 'depth'] : null, runA.angle ? ['angle', 'preferred direction'] : null].filter(Boolean);
    const button = (text, label, act) => el('button', { type: 'button', text, title: label, 'aria-label': label, onclick: act });
    return el('div', { class: 'tools' },
      choose('Sort', 'sort', sorts),
      choose('Colours', 'palette', [['figures', 'as in the figures'], ['safe', 'colour-blind safe']]),
      el('div', { class: 'group' }, button('−', 'zoom out', () => this.zoom(1.6)), button('+', 'zoom in', () => this.zoom(1 / 1.6)), button('whole', 'show everything (0)', () => this.reset())),
      el('span', { class: 'hint', text: 'drag: zoom · shift-drag: move · click: potential · double click: whole' }));
  }

  // What is shown -------------------------------------------------------------------------------

  update(app, changed) {
    if (changed.has('all') || changed.has('palette')) this.palette();
    this.prepare();
    this.filters();
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
      return [run, { list, pixels: Uint32Array.from(list, pixel), ranks }];
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
    if (app.state.mode === 'diff' && !this.comparable()) words.push('A and B do not have the same neurons: only A is drawn.');
    this.note.textContent = words.join(' ');
    this.note.hidden = !words.length;
  }

  comparable() {
    const [a, b] = this.sides;
    if (!b || !a.look || !b.look) return false;
    const same = (p, i) => p.name === b.run.populations[i]?.name && p.count === b.run.populations[i].count;
    return a.run === b.run || (a.run.n_neurons === b.run.n_neurons && a.run.populations.every(same));
  }

  filters() {
    const { app } = this;
    const { run } = app.main;
    if (run.populations.length < 2) {
      this.legend.hidden = true;
      return;
    }
    const { list } = this.colours.get(run);
    const key = `${run.prefix} ${app.state.palette} ${app.dark} ${[...app.state.hidden].join('\u0000')}`;
    if (key === this.filterKey) return;
    this.filterKey = key;
    const only = (names) => new Set(run.populations.filter((p) => !names.has(p.name)).map((p) => p.name));
    const toggle = (p, alone) => {
      const hidden = new Set(app.state.hidden);
      if (alone) app.set({ hidden: only(new Set([p.name])) });
      else {
        if (!hidden.delete(p.name)) hidden.add(p.name);
        app.set({ hidden: hidden.size >= run.populations.length ? new Set() : hidden });
      }
    };
    const focused = document.activeElement?.dataset?.population;
    const chips = run.populations.slice(0, 120).map((p) =>
      el('button', { type: 'button', class: 'chip', 'data-population': p.number, 'aria-pressed': !app.state.hidden.has(p.name), title: `${p.name}: ${counted(p.count, 'neuron')}; double click shows it alone`, onclick: () => toggle(p), ondblclick: () => toggle(p, true) },
        el('i', { style: { background: css(list[p.number]) } }), el('span', { text: short(p.name, 18) })));
    const all = el('button', { type: 'button', class: 'chip all', text: 'all', disabled: !app.state.hidden.size, onclick: () => app.set({ hidden: new Set() }) });
    this.legend.replaceChildren(all, ...chips);
    if (focused !== undefined) this.legend.querySelector(`[data-population="${focused}"]`)?.focus();
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
      raster: look ? (small ? 320 : 440) : 0,
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
    this.panels[name].firstChild.textContent = text;
  }

  image(width, height) {
    const size = `${width} ${height}`;
    if (this.imageSize !== size) {
      this.imageSize = size;
      this.off = el('canvas', { width, height });
      this.pixels = new ImageData(width, height);
      this.field = new Field(width, height);
    }
    return new Uint32Array(this.pixels.data.buffer);
  }

  drawRaster(context) {
    const height = this.heights.raster;
    const ratio = context.getTransform().a;
    const [w, h] = [Math.round(this.across * ratio), Math.round(height * ratio)];
    const pixels = this.image(w, h);
    this.frame(context, height);
    const { run, look } = this.app.main;
    const kind = this.rasterKind(h);
    if (kind === 'difference') this.paintDifference(pixels, w, h);
    else if (kind === 'both') this.paintBoth(pixels, w, h);
    else if (kind === 'spikes') this.paintAll(pixels, look, run);
    else this.paintDensity(pixels, w, h, look, run);
    this.off.getContext('2d').putImageData(this.pixels, 0, 0);
    context.drawImage(this.off, this.left, 0, this.across, height);
    this.drawBands(context, height, run);
    this.drawMarks(context, height, run);
    const word = { difference: 'A − B: blue where A fires more, orange where B does', both: 'spikes of A blue, above; of B orange, below', spikes: '', density: 'spike counts in bins' }[kind];
    this.title('raster', [`${whole(this.lines.rows.length)} of ${counted(run.n_neurons, 'neuron')}`, counted(look.n_spikes, 'spike'), word].filter(Boolean).join(' · '));
    this.canvases.raster.setAttribute('aria-label', `Raster of ${this.app.shown.map((s) => this.app.nameOf(s)).join(' and ')}: ${counted(look.n_spikes, 'spike')} of ${counted(run.n_neurons, 'neuron')} in ${number(look.durationMs)} ms. Plus and minus zoom, arrows move, 0 shows everything.`);
  }

  rasterKind(height) {
    const { look } = this.app.main;
    const close = this.view.end - this.view.first < height * 0.7;
    const spikes = this.sides.every((side) => side.look?.allSpikes || (side.look && this.useSpikes));
    if (this.sides.length > 1 && this.comparable()) {
      if (spikes && (close || this.app.state.sort !== 'type')) return 'both';
      return this.grid() ? 'difference' : 'spikes';
    }
    if (look.allSpikes || this.useSpikes) return 'spikes';
    return close && this.chosenInView() > 3 ? 'spikes' : 'density';
  }

  /** How many of the neurons whose spikes are here stand in the lines on the screen. */
  chosenInView() {
    const { look } = this.app.main;
    const [first, end] = [Math.max(Math.floor(this.view.first), 0), Math.ceil(this.view.end)];
    if (end - first > 400) return 0;
    return this.lines.rows.slice(first, end).filter((row) => look.spikesOf(row) >= 0).length;
  }

  linesOf(look) {
    const key = `${this.linesKey} ${look.place}`;
    return look.once(`lines ${key}`, () => (look.chosen ? this.lines.rows.map((row) => look.spikesOf(row)) : this.lines.rows));
  }

  paintAll(pixels, look, run) {
    const { ranks, pixels: colours } = this.colours.get(run);
    const { rows } = this.lines;
    const { populationOfRow } = run;
    this.field.clear();
    paintSpikes(this.field, look, this.view, this.linesOf(look), (line) => populationOfRow[rows[line]], ranks);
    colourField(this.field, pixels, colours);
  }

  paintBoth(pixels) {
    const [a, b] = this.sides;
    const ranks = Uint16Array.from([0, 1]);
    this.field.clear();
    paintSpikes(this.field, b.look, this.view, this.linesOf(b.look), () => 0, ranks, [0.5, 1]);
    paintSpikes(this.field, a.look, this.view, this.linesOf(a.look), () => 1, ranks, [0, 0.5]);
    const colours = [diverging(-0.75, this.app.dark), diverging(0.75, this.app.dark)];
    colourField(this.field, pixels, Uint32Array.from(colours, pixel));
  }

  /** Bins that both looks have counts in; null if there are none. */
  grid() {
    const looks = this.sides.map((side) => side.look);
    const thinned = looks.filter((look) => !look.allSpikes);
    if (!thinned.length) {
      this.ownEdges ??= new Map();
      const { run } = this.sides[0];
      if (!this.ownEdges.has(run)) this.ownEdges.set(run, binEdges(run, 160));
      return { edges: this.ownEdges.get(run), columns: Math.min(150, ...looks.map((look) => look.nSteps)) };
    }
    const [first, second] = thinned;
    if (second && (second.edges.length !== first.edges.length || second.columns !== first.columns)) return null;
    return { edges: first.edges, columns: first.columns };
  }

  binsOf(edges) {
    const bins = new Int32Array(this.app.main.run.n_neurons);
    for (let bin = 0; bin + 1 < edges.length; bin += 1) bins.fill(bin, edges[bin], edges[bin + 1]);
    return this.lines.rows.map((row) => bins[row]);
  }

  paintDensity(pixels, w, h, look, run) {
    const { pixels: colours } = this.colours.get(run);
    const grid = { values: look.density, columns: look.columns, bins: this.binsOf(look.edges), nSteps: look.nSteps };
    const scale = look.once('scale', () => {
      const shares = [];
      for (let bin = 0; bin + 1 < look.edges.length; bin += 1) {
        const size = look.edges[bin + 1] - look.edges[bin];
        for (let c = 0; c < look.columns; c += 3) if (look.density[bin * look.columns + c]) shares.push(look.density[bin * look.columns + c] / size);
      }
      shares.sort((p, q) => p - q);
      return shares.length ? shares[Math.floor(shares.length * 0.98)] : 1;
    });
    const { populationOfRow } = run;
    paintGrid(pixels, w, h, grid, this.view, (bin, value) => {
      if (!value) return 0;
      const share = Math.min(value / (look.edges[bin + 1] - look.edges[bin]) / scale, 1);
      return (colours[populationOfRow[look.edges[bin]]] | (Math.round(255 * (0.15 + 0.85 * Math.sqrt(share))) << 24)) >>> 0;
    });
  }

  paintDifference(pixels, w, h) {
    const { edges, columns } = this.grid();
    const [a, b] = this.sides.map((side) => side.look);
    const key = `difference ${b.run.prefix} ${b.place}`;
    const { values, scale } = a.once(key, () => {
      const [ca, cb] = [a.binned(edges, columns), b.binned(edges, columns)];
      const found = new Float32Array(ca.length);
      const sizes = [];
      for (let i = 0; i < found.length; i += 1) {
        const bin = Math.floor(i / columns);
        found[i] = (ca[i] / a.durationMs - cb[i] / b.durationMs) / (edges[bin + 1] - edges[bin]);
        if (found[i]) sizes.push(Math.abs(found[i]));
      }
      sizes.sort((p, q) => p - q);
      return { values: found, scale: sizes[Math.floor(sizes.length * 0.97)] || 1 };
    });
    const colours = Uint32Array.from({ length: 201 }, (_, i) => (pixel(diverging(i / 100 - 1, this.app.dark)) | (255 << 24)) >>> 0);
    const grid = { values, columns, bins: this.binsOf(edges), nSteps: a.nSteps };
    paintGrid(pixels, w, h, grid, this.view, (bin, v) => colours[Math.round(100 + 100 * Math.min(Math.max(v / scale, -1), 1))]);
  }

  lineToY(line) {
    return ((line - this.view.first) / (this.view.end - this.view.first)) * this.heights.raster;
  }

  drawBands(context, height, run) {
    const { list } = this.colours.get(run);
    const { ink } = this;
    context.font = '600 11px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    const close = this.view.end - this.view.first < this.lines.rows.length * 0.5 || this.layers.length < 3;
    const bands = close ? this.lines.bands : this.layers;
    if (!this.lines.bands.length || !run.named) {
      context.fillStyle = ink.soft;
      context.font = '11px system-ui, sans-serif';
      for (const tick of ticks(this.view.first, this.view.end, 6)) context.fillText(whole(tick), this.left - 8, Math.min(Math.max(this.lineToY(tick), 7), height - 7));
      return;
    }
    for (const band of this.lines.bands) {
      const [top, bottom] = [Math.max(this.lineToY(band.start), 0), Math.min(this.lineToY(band.end), height)];
      if (bottom <= 0 || top >= height) continue;
      context.fillStyle = css(list[band.population.number]);
      context.fillRect(this.left - 5, top, 3, Math.max(bottom - top - (bottom - top > 3 ? 1 : 0), 1));
    }
    const labels = bands
      .map((band) => ({ band, top: Math.max(this.lineToY(band.start), 0), bottom: Math.min(this.lineToY(band.end), height) }))
      .filter((l) => l.bottom > l.top)
      .map((l) => ({ ...l, at: (l.top + l.bottom) / 2, size: l.bottom - l.top }));
    for (const label of spreadLabels(labels, 14, height)) {
      const { band } = label;
      context.fillStyle = band.population ? css(list[band.population.number]) : ink.ink;
      context.fillText(this.fitted(context, band.label, this.left - 14), this.left - 9, label.y);
    }
    context.fillStyle = ink.faint;
    for (const layer of this.layers) {
      const y = this.lineToY(layer.start);
      if (y > 1 && y < height) context.fillRect(this.left, Math.round(y) - 0.5, this.across, 1);
    }
  }

  fitted(context, text, width) {
    if (context.measureText(text).width <= width) return text;
    let n = text.length;
    while (n > 1 && context.measureText(`${text.slice(0, n)}…`).width > width) n -= 1;
    return `${text.slice(0, n)}…`;
  }

  /** Triangles at the rows of readout neurons, rings at those whose potential is recorded. */
  drawMarks(context, height, run) {
    const { look } = this.app.main;
    if (!this.places || this.placesKey !== this.linesKey) {
      this.places = new Map([...this.lines.rows].map((row, line) => [row, line]));
      this.placesKey = this.linesKey;
    }
    const x = this.left + this.across;
    const at = (row) => {
      const line = this.places.get(row);
      const y = line === undefined ? -1 : this.lineToY(line + 0.5);
      return y >= 0 && y <= height ? y : null;
    };
    context.fillStyle = this.ink.a;
    for (const row of run.readout_rows.slice(0, 400)) {
      const y = at(row);
      if (y === null) continue;
      context.beginPath();
      context.moveTo(x + 2, y);
      context.lineTo(x + 8, y - 3.5);
      context.lineTo(x + 8, y + 3.5);
      context.fill();
    }
    context.strokeStyle = this.ink.ink;
    for (const id of look.potential_neurons ?? []) {
      const y = at(run.rowOf(id));
      if (y === null) continue;
      context.lineWidth = id === this.app.state.neuron ? 2.4 : 1;
      context.beginPath();
      context.arc(x + 7, y, 2.6, 0, 7);
      context.stroke();
    }
    context.lineWidth = 1;
  }

  drawInput(context) {
    const { look } = this.app.main;
    const { rows, columns, low, high, levels, channels } = look.input;
    const height = this.heights.input;
    this.frame(context, height);
    const picture = look.once(`input ${this.app.dark}`, () => {
      const image = new ImageData(columns, rows);
      const pixels = new Uint32Array(image.data.buffer);
      const colours = Uint32Array.from({ length: levels + 1 }, (_, i) => (pixel(sequential((i - 1) / (levels - 1), this.app.dark)) | (255 << 24)) >>> 0);
      for (let c = 0; c < columns; c += 1) {
        for (let r = 0; r < rows; r += 1) {
          const level = look.arrays.input[r * columns + c];
          pixels[r * columns + c] = level ? colours[level] : 0;
        }
      }
      const canvas = el('canvas', { width: columns, height: rows });
      canvas.getContext('2d').putImageData(image, 0, 0);
      return canvas;
    });
    const scale = columns / look.nSteps;
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, this.view.from * scale, 0, (this.view.to - this.view.from) * scale, rows, this.left, 0, this.across, height);
    this.title('input', `input: ${counted(channels, 'channel')}, mean per bin from ${number(low)} to ${number(high)}`);
    context.fillStyle = this.ink.soft;
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillText('input', this.left - 9, height / 2);
  }

  /** Curves of rates: of the populations that are shown if they are few, else of cell classes. */
  curves() {
    const { hidden } = this.app.state;
    const found = [];
    this.sides.forEach(({ key, run, look }, i) => {
      if (!look) return;
      const shown = run.populations.filter((p) => !hidden.has(p.name));
      const { list } = this.colours.get(run);
      const sum = (name, colour, members) => found.push({ name, colour, members, look, i });
      if (this.sides.length > 1) sum(key.toUpperCase(), this.ink[key], shown);
      else {
        const classes = CLASSES.map((c) => [c, shown.filter((p) => p.cell_class === c)]).filter(([c, m]) => c && m.length);
        const apart = shown.length <= 6 || classes.length < 2;
        if (shown.length > 1) sum('all shown', this.ink.ink, shown);
        if (apart && shown.length <= 6) shown.forEach((p) => sum(p.name, css(list[p.number]), [p]));
        else if (!apart) classes.forEach(([c, members]) => sum(c, css(list[[...members].sort((p, q) => q.count - p.count)[0].number]), members));
      }
    });
    for (const curve of found) {
      const { counts, columns, edges } = curve.look.populationCounts();
      const size = curve.members.reduce((n, p) => n + p.count, 0);
      curve.edges = edges;
      curve.values = Float64Array.from({ length: columns }, (_, c) => {
        const spikes = curve.members.reduce((n, p) => n + counts[p.number * columns + c], 0);
        return (spikes * 1000) / Math.max(size * (edges[c + 1] - edges[c]) * curve.look.dt, 1e-9);
      });
    }
    return found;
  }

  drawRates(context) {
    const height = this.heights.rates - AXIS;
    this.frame(context, height);
    const curves = this.curves();
    this.rateCurves = curves;
    let top = 1;
    for (const curve of curves) for (const v of curve.values) top = Math.max(top, v);
    top *= 1.08;
    const y = (v) => height - (v / top) * (height - 4);
    this.gridLines(context, 0, top, y, 3, 'Hz');
    context.save();
    context.beginPath();
    context.rect(this.left, 0, this.across, height);
    context.clip();
    curves.forEach((curve) => {
      context.strokeStyle = curve.colour;
      context.lineWidth = curve.name === 'all shown' || this.sides.length > 1 ? 2 : 1.3;
      context.beginPath();
      curve.values.forEach((v, c) => {
        context.lineTo(this.timeToX(curve.edges[c]), y(v));
        context.lineTo(this.timeToX(curve.edges[c + 1]), y(v));
      });
      context.stroke();
    });
    context.restore();
    context.lineWidth = 1;
    this.timeAxis(context, height, !this.heights.potential);
    this.title('rates', '');
    const head = this.panels.rates.firstChild;
    const width = curves[0] ? (curves[0].edges[1] - curves[0].edges[0]) * curves[0].look.dt : 0;
    head.replaceChildren(el('span', { text: `rates in bins of ${number(width)} ms, Hz` }), ...curves.map((c) => el('span', { class: 'key' }, el('i', { style: { background: c.colour } }), short(c.name, 18))));
  }

  gridLines(context, low, high, y, most, unit) {
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const tick of ticks(low, high, most)) {
      context.fillStyle = this.ink.grid;
      context.fillRect(this.left, Math.round(y(tick)), this.across, 1);
      context.fillStyle = this.ink.soft;
      context.fillText(`${number(tick)}`, this.left - 9, Math.max(y(tick), 7));
    }
    context.save();
    context.translate(10, 0.5 * (y(low) + y(high)));
    context.rotate(-Math.PI / 2);
    context.textAlign = 'center';
    if (this.left > 60) context.fillText(unit, 0, 0);
    context.restore();
  }

  timeAxis(context, y, withUnit) {
    const { dt } = this.app.main.look;
    context.fillStyle = this.ink.soft;
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'top';
    context.fillRect(this.left, y, this.across, 1);
    const end = this.left + this.across;
    for (const tick of ticks(this.view.from * dt, this.view.to * dt, Math.max(Math.floor(this.across / 90), 2))) {
      const x = this.timeToX(tick / dt);
      const isLast = x > end - 26;
      context.fillRect(x, y, 1, 4);
      if (!(withUnit && isLast)) context.fillText(number(tick, 6), x, y + 7);
    }
    if (withUnit) {
      context.textAlign = 'right';
      context.fillText(`${number(this.view.to * dt, 6)} ms`, end, y + 7);
    }
  }

  drawPotential(context) {
    const height = this.heights.potential - AXIS;
    this.frame(context, height);
    const { values, threshold } = this.potential;
    const { look, run } = this.app.main;
    const id = this.app.state.neuron;
    const known = [...values, threshold].filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const pad = (high - low || 1) * 0.08;
    const y = (v) => height - ((v - low + pad) / (high - low + 2 * pad)) * height;
    this.gridLines(context, low - pad, high + pad, y, 3, look.potential_unit);
    context.save();
    context.beginPath();
    context.rect(this.left, 0, this.across, height);
    context.clip();
    if (Number.isFinite(threshold)) {
      context.strokeStyle = this.ink.soft;
      context.setLineDash([5, 4]);
      context.beginPath();
      context.moveTo(this.left, y(threshold));
      context.lineTo(this.left + this.across, y(threshold));
      context.stroke();
      context.setLineDash([]);
    }
    const row = run.rowOf(id);
    const colour = css(this.colours.get(run).list[run.populationOfRow[row]]);
    context.strokeStyle = colour;
    context.lineWidth = 1.4;
    context.beginPath();
    let pen = false;
    values.forEach((v, t) => {
      if (!Number.isFinite(v)) pen = false;
      else {
        if (pen) context.lineTo(this.timeToX(t + 0.5), y(v));
        else context.moveTo(this.timeToX(t + 0.5), y(v));
        pen = true;
      }
    });
    context.stroke();
    context.fillStyle = this.ink.red;
    for (const t of this.spikesAt(row)) {
      context.beginPath();
      context.arc(this.timeToX(t + 0.5), 6, 3, 0, 7);
      context.fill();
    }
    context.restore();
    context.lineWidth = 1;
    this.timeAxis(context, height, true);
    this.title('potential', `potential of neuron ${id}, ${short(run.populations[run.populationOfRow[row]].name, 24)}, ${look.potential_unit || 'no unit'}; spikes are dots above${Number.isFinite(threshold) ? ', the threshold is dashed' : ''}`);
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

  listen() {
    const raster = this.canvases.raster;
    this.stack.addEventListener('pointermove', (event) => this.hover(event));
    this.stack.addEventListener('pointerleave', () => this.leave());
    raster.addEventListener('pointerdown', (event) => this.press(event));
    raster.addEventListener('dblclick', () => this.reset());
    raster.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    raster.addEventListener('keydown', (event) => this.key(event));
    this.pointers = new Map();
  }

  place(event) {
    const box = this.canvases.raster.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    return {
      x, y,
      time: this.view.from + ((x - this.left) / this.across) * (this.view.to - this.view.from),
      line: this.view.first + (y / this.heights.raster) * (this.view.end - this.view.first),
      inside: y >= 0 && y < this.heights.raster && x >= this.left && x < this.left + this.across,
    };
  }

  hover(event) {
    if (!this.heights?.raster || event.buttons) return;
    const at = this.place(event);
    const inTime = at.x >= this.left && at.x < this.left + this.across;
    this.cross.hidden = !inTime;
    this.cross.style.left = `${at.x}px`;
    if (!inTime) {
      tooltip(null);
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

  press(event) {
    const raster = this.canvases.raster;
    raster.focus({ preventScroll: true });
    if (event.pointerType === 'touch') {
      this.touch(event);
      return;
    }
    const start = this.place(event);
    const before = { ...this.view };
    const pan = event.shiftKey || event.button === 1;
    raster.setPointerCapture(event.pointerId);
    tooltip(null);
    const move = (e) => {
      const now = this.place(e);
      if (pan) this.moveTo(before, start, now);
      else this.showBox(start, now);
    };
    const end = (e) => {
      raster.removeEventListener('pointermove', move);
      raster.removeEventListener('pointerup', end);
      raster.removeEventListener('pointercancel', end);
      this.box.hidden = true;
      const now = this.place(e);
      const far = Math.hypot(now.x - start.x, now.y - start.y) > 5;
      if (e.type === 'pointercancel' || pan) return;
      if (far) this.zoomTo(start, now);
      else this.choose(start);
    };
    raster.addEventListener('pointermove', move);
    raster.addEventListener('pointerup', end);
    raster.addEventListener('pointercancel', end);
    event.preventDefault();
  }

  /** Two fingers zoom and move; one scrolls the page, and chooses a neuron. */
  touch(event) {
    const raster = this.canvases.raster;
    this.pointers.set(event.pointerId, this.place(event));
    const move = (e) => {
      if (this.pointers.size !== 2) return;
      const old = [...this.pointers.values()];
      this.pointers.set(e.pointerId, this.place(e));
      const now = [...this.pointers.values()];
      const factor = Math.hypot(old[0].x - old[1].x, old[0].y - old[1].y) / Math.max(Math.hypot(now[0].x - now[1].x, now[0].y - now[1].y), 1);
      const middle = this.place({ clientX: e.clientX, clientY: e.clientY });
      this.zoom(factor, middle);
      for (const [id, at] of this.pointers) this.pointers.set(id, { ...at });
    };
    const end = (e) => {
      const at = this.pointers.get(e.pointerId);
      if (at && this.pointers.size === 1 && e.type === 'pointerup') this.choose(at);
      this.pointers.delete(e.pointerId);
      raster.removeEventListener('pointermove', move);
      raster.removeEventListener('pointerup', end);
      raster.removeEventListener('pointercancel', end);
    };
    raster.addEventListener('pointermove', move);
    raster.addEventListener('pointerup', end);
    raster.addEventListener('pointercancel', end);
  }

  showBox(start, now) {
    const clamp = (x) => Math.min(Math.max(x, this.left), this.left + this.across);
    const [x0, x1] = [clamp(Math.min(start.x, now.x)), clamp(Math.max(start.x, now.x))];
    const [y0, y1] = [Math.max(Math.min(start.y, now.y), 0), Math.min(Math.max(start.y, now.y), this.heights.raster)];
    const top = this.canvases.raster.offsetTop;
    Object.assign(this.box.style, { left: `${x0}px`, width: `${x1 - x0}px`, top: `${top + y0}px`, height: `${y1 - y0}px` });
    this.box.hidden = false;
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

  /** The page scrolls over the raster, unless it is in use. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.canvases.raster) return;
    event.preventDefault();
    this.zoom(Math.exp(Math.min(Math.max(event.deltaY, -60), 60) / 180), this.place(event));
  }

  key(event) {
    const v = this.view;
    const [dt, dn] = [(v.to - v.from) * 0.15, (v.end - v.first) * 0.15];
    const moves = { ArrowLeft: [-dt, 0], ArrowRight: [dt, 0], ArrowUp: [0, -dn], ArrowDown: [0, dn] };
    if (event.key in moves) {
      const [t, n] = moves[event.key];
      this.setView({ from: v.from + t, to: v.to + t, first: v.first + n, end: v.end + n });
    } else if (event.key === '+' || event.key === '=') this.zoom(1 / 1.6);
    else if (event.key === '-') this.zoom(1.6);
    else if (event.key === '0') this.reset();
    else if (event.key === 'Escape') this.canvases.raster.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(at) {
    if (!at.inside) return;
    const { run, look } = this.app.main;
    const reach = Math.max(((this.view.end - this.view.first) / this.heights.raster) * 8, 0.5);
    let best = this.lines.rows[Math.floor(at.line)];
    let least = reach;
    // A ring near the pointer is meant before a bare row under it.
    for (const id of look.potential_neurons ?? []) {
      const line = this.places.get(run.rowOf(id));
      if (line !== undefined && Math.abs(line + 0.5 - at.line) <= least) {
        best = run.rowOf(id);
        least = Math.abs(line + 0.5 - at.line);
      }
    }
    if (best !== undefined) this.app.set({ neuron: run.ids[best] });
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

