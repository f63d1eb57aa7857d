// The panels above and below the raster: input, population rates, a potential.
import { css, pixel, sequential } from './colours.js';
import { el, short } from './dom.js';
import { counted, number, tickTexts, ticks } from './format.js';
import { Raster } from './raster.js';

export const AXIS = 26;
const CLASSES = ['Exc', 'PV', 'SST', 'VIP', 'Htr3a', 'Inh'];

/** Base of the timeline: what shares the time axis with the raster. */
export class Panels extends Raster {
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
    const isKnown = look.arrays.input.some((level) => level > 0);
    this.title('input', `input: ${counted(channels, 'channel')}, ${isKnown ? `mean per bin from ${number(low)} (${this.app.dark ? 'blue' : 'pale'}) to ${number(high)} (${this.app.dark ? 'yellow' : 'dark'})` : 'no finite value'}`);
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
        const classes = CLASSES.map((c) => [c, shown.filter((p) => p.cell_class === c)]).filter(([, m]) => m.length);
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
    const found = ticks(low, high, most);
    const texts = tickTexts(found);
    for (const [i, tick] of found.entries()) {
      context.fillStyle = this.ink.grid;
      context.fillRect(this.left, Math.round(y(tick)), this.across, 1);
      context.fillStyle = this.ink.soft;
      context.fillText(texts[i], this.left - 9, Math.max(y(tick), 7));
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
    const { threshold } = this.potential;
    const { look, run } = this.app.main;
    const id = this.app.state.neuron;
    const row = run.rowOf(id);
    const own = css(this.colours.get(run).list[run.populationOfRow[row]]);
    // Of two steps both potentials are seen, in the colours of A and B.
    const curves = this.sides.length < 2 ? [[this.potential.values, own]] : this.sides
      .map((side) => [side.look?.potentialOf(id)?.values, this.ink[side.key]]).filter(([values]) => values).reverse();
    const known = [...curves.flatMap(([values]) => [...values]), threshold].filter(Number.isFinite);
    const [low, high] = known.length ? known.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]) : [0, 1];
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
    context.lineWidth = 1.4;
    curves.forEach(([values, colour]) => {
      context.strokeStyle = colour;
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
    });
    context.fillStyle = this.ink.red;
    for (const t of this.spikesAt(row)) {
      context.beginPath();
      context.arc(this.timeToX(t + 0.5), 6, 3, 0, 7);
      context.fill();
    }
    context.restore();
    context.lineWidth = 1;
    this.timeAxis(context, height, true);
    this.title('potential', `potential of neuron ${id}, ${short(run.populations[run.populationOfRow[row]].name, 24)}, ${look.potential_unit || 'no unit'}; spikes${this.sides.length > 1 ? ' of A' : ''} are dots above${Number.isFinite(threshold) ? ', the threshold is dashed' : ''}`);
  }
}
