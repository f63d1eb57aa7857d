// The raster: paints it onto its canvas, with the names of its bands and its marks.
import { css, diverging, pixel } from './colours.js';
import { el, written } from './dom.js';
import { counted, number, ticks, whole } from './format.js';
import { spreadLabels } from './lines.js';
import { Field, colourField, paintGrid, paintSpikes } from './paint.js';

/** First row of each bin and the end of the last; no bin holds rows of two populations. */
export function binEdges(run, most) {
  const edges = [0];
  for (const p of run.populations) {
    const n = Math.min(Math.max(Math.floor((most * p.count) / Math.max(run.n_neurons, 1)), 1), p.count);
    for (let i = 1; i <= n; i += 1) edges.push(p.start + Math.floor((i * p.count) / n));
  }
  return Uint32Array.from(edges);
}

/** Base of the timeline, which says what is shown: `sides`, `lines`, `layers`, `view`, `heights`. */
export class Raster {
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
    this.frame(context, height);
    const { run, look } = this.app.main;
    const kind = this.rasterKind(h);
    const cells = kind === 'spikes' && this.manySpikes(look) && w / (this.view.to - this.view.from) < 8;
    const view = cells ? this.wholeCells() : this.view;
    const columns = cells ? Math.min(view.to - view.from, w) : w;
    const pixels = this.image(columns, h);
    if (kind === 'difference') this.paintDifference(pixels, w, h);
    else if (kind === 'both') this.paintBoth(pixels, w, h);
    else if (kind === 'spikes') this.paintAll(pixels, look, run, view, cells ? 1 : this.leastSize(look));
    else this.paintDensity(pixels, w, h, look, run);
    const [seen, all] = kind === 'spikes' && !this.useSpikes ? this.shadeUnknown(context, height, look) : [0, 0];
    this.off.getContext('2d').putImageData(this.pixels, 0, 0);
    const scale = columns / (view.to - view.from);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.off, (this.view.from - view.from) * scale, 0, (this.view.to - this.view.from) * scale, h, this.left, 0, this.across, height);
    this.drawBands(context, height, run);
    this.drawMarks(context, height, run);
    if (!this.sides.some((side) => side.look?.n_spikes)) this.label(context, 'no spikes', this.left + this.across / 2, height / 2);
    const word = { difference: 'A − B: blue where A fires more, orange where B does', both: 'spikes of A blue, above; of B orange, below', spikes: seen < all ? `here spikes of ${counted(seen, 'neuron')} are kept; of those in grey they are not` : '', density: 'spike counts in bins' }[kind];
    const spikes = this.sides.length > 1 ? this.sides.map((s) => `${s.key.toUpperCase()} ${s.look ? counted(s.look.n_spikes, 'spike') : 'no spikes'}`).join(', ') : counted(look.n_spikes, 'spike');
    this.title('raster', [`${whole(this.lines.rows.length)} of ${counted(run.n_neurons, 'neuron')}`, spikes, word, look.potential_neurons?.length ? '○ has a potential' : '', run.readout_rows.length ? '◂ readout neuron' : ''].filter(Boolean).join(' · '));
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

  /** Greys the lines of neurons whose spikes are not in the page: [lines with spikes, lines]. */
  shadeUnknown(context, height, look) {
    const [first, end] = [Math.max(Math.floor(this.view.first), 0), Math.min(Math.ceil(this.view.end), this.lines.rows.length)];
    let seen = 0;
    context.fillStyle = this.ink.grid;
    for (let line = first; line < end; line += 1) {
      if (look.spikesOf(this.lines.rows[line]) >= 0) seen += 1;
      else {
        const [top, bottom] = [Math.max(this.lineToY(line), 0), Math.min(this.lineToY(line + 1), height)];
        context.fillRect(this.left, top, this.across, bottom - top);
      }
    }
    return [seen, end - first];
  }

  linesOf(look) {
    const key = `${this.linesKey} ${look.place}`;
    return look.once(`lines ${key}`, () => (look.chosen ? this.lines.rows.map((row) => look.spikesOf(row)) : this.lines.rows));
  }

  paintAll(pixels, look, run, view, least) {
    const { ranks, byRank } = this.colours.get(run);
    const { rows } = this.lines;
    const { populationOfRow } = run;
    this.field.clear();
    paintSpikes(this.field, look, view, this.linesOf(look), (line) => ranks[populationOfRow[rows[line]]], { least });
    colourField(this.field, pixels, byRank);
  }

  /** About how many spikes of a look are on the screen. */
  inView(look) {
    const share = ((this.view.to - this.view.from) / this.nSteps) * ((this.view.end - this.view.first) / Math.max(this.lines.rows.length, 1));
    return look.times.length * Math.min(share, 1);
  }

  manySpikes(look) {
    return this.inView(look) >= 15000;
  }

  /** Few spikes are drawn as dots that are seen at once; many as single pixels. */
  leastSize(look) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const n = this.inView(look);
    return Math.round((n < 3000 ? 3 : n < 15000 ? 2 : 1) * ratio);
  }

  /** The view, from the beginning of its first time step to the end of its last. */
  wholeCells() {
    return { ...this.view, from: Math.floor(this.view.from), to: Math.ceil(this.view.to) };
  }

  paintBoth(pixels) {
    const [a, b] = this.sides;
    this.field.clear();
    paintSpikes(this.field, b.look, this.view, this.linesOf(b.look), () => 0, { part: [0.5, 1] });
    paintSpikes(this.field, a.look, this.view, this.linesOf(a.look), () => 1, { part: [0, 0.5] });
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

  /** Bin of each line on the screen. */
  binsOf(edges) {
    if (this.bins?.edges === edges && this.bins.key === this.linesKey) return this.bins.of;
    const bins = new Int32Array(this.app.main.run.n_neurons);
    for (let bin = 0; bin + 1 < edges.length; bin += 1) bins.fill(bin, edges[bin], edges[bin + 1]);
    this.bins = { edges, key: this.linesKey, of: this.lines.rows.map((row) => bins[row]) };
    return this.bins.of;
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

  label(context, text, x, y) {
    context.fillStyle = this.ink.soft;
    context.font = '13px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillText(text, x, y);
  }

  lineToY(line) { return ((line - this.view.first) / (this.view.end - this.view.first)) * this.heights.raster; }

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
      for (const tick of ticks(this.view.first, this.view.end, 6)) context.fillText(this.lineName(tick, run), this.left - 8, Math.min(Math.max(this.lineToY(tick), 7), height - 7));
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
      context.fillText(this.fitted(context, written(band.label), this.left - 14), this.left - 9, label.y);
    }
    context.fillStyle = ink.faint;
    for (const layer of this.layers) {
      const y = this.lineToY(layer.start);
      if (y > 1 && y < height) context.fillRect(this.left, Math.round(y) - 0.5, this.across, 1);
    }
  }

  /** What stands beside a line of a raster without bands: its depth if it is sorted by that. */
  lineName(line, run) {
    const row = this.lines.rows[Math.min(Math.round(line), this.lines.rows.length - 1)];
    if (this.app.state.sort !== 'depth' || !run.range_um.depth || row === undefined) return whole(line);
    const [low, high] = run.range_um.depth;
    return `${whole(low + (run.depth[row] / 255) * (high - low))} µm`;
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
      context.arc(x + 17, y, 2.8, 0, 7);
      context.stroke();
    }
    context.lineWidth = 1;
  }
}
