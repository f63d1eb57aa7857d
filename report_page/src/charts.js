// Line charts as SVG: small, sharp in print, and read by screen readers as one sentence.
import { el, short, svg, tooltip } from './dom.js';
import { logTicks, number, tickTexts, ticks, whole } from './format.js';
import { spreadLabels } from './lines.js';
import { lowerBound } from './paint.js';
import { thinned } from './thin.js';

const LEFT = 46;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 26;

/**
 * A chart of curves over steps, bins or frequencies.
 * @param {{title: string, note?: string, unit?: string, xLabel: string, x: ArrayLike<number>,
 *   series: {name: string, colour: string, values: ArrayLike<number>, dash?: string, thick?: boolean,
 *   x?: ArrayLike<number>, points?: boolean, sign?: string}[], log?: boolean, xLog?: boolean, from?: number,
 *   to?: number, height?: number, bands?: object[], levels?: object[], legend?: boolean,
 *   onPick?: (x: number) => void}} options
 */
export class Chart {
  constructor(options) {
    this.options = options;
    this.host = el('figure', { class: 'chart' });
    this.body = el('div', { class: 'chart-body' });
    this.marks = [];
    const { title } = options;
    const note = [options.unit, options.note].filter(Boolean).join(' · ');
    this.host.append(
      el('figcaption', {}, el('strong', { text: title }), note ? el('span', { class: 'note', text: note }) : null),
      this.body,
    );
    if (options.legend !== false && options.series.length > 1) this.host.append(legend(options.series));
  }

  draw() {
    const width = Math.max(this.body.clientWidth || 300, 180);
    const { height = 190, series } = this.options;
    this.width = width;
    this.height = height;
    this.scale();
    const root = svg('svg', {
      viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': this.inWords(),
    });
    root.append(this.axes(), ...this.backgrounds());
    for (const line of series) root.append(...this.curve(line));
    this.over = svg('g', { class: 'over' });
    root.append(this.over);
    this.body.replaceChildren(root);
    this.listen(root);
    this.mark(this.marks);
    return this;
  }

  scale() {
    const { x, series, log, xLog, from, to, bands = [], levels = [] } = this.options;
    const ys = [];
    for (const line of series) for (const v of line.values) if (Number.isFinite(v)) ys.push(v);
    for (const band of bands) ys.push(...[...(band.low ?? []), ...(band.high ?? [])].filter(Number.isFinite));
    for (const level of levels) if (Number.isFinite(level.value)) ys.push(level.value);
    const seen = log ? ys.filter((v) => v > 0) : ys;
    this.empty = !ys.length;
    let low = from ?? extreme(seen, Math.min, log ? 0.1 : 0);
    let high = to ?? extreme(seen, Math.max, 1);
    if (!(high > low)) [low, high] = log ? [low / 2, low * 2] : [low - (Math.abs(low) || 1) * 0.1, low + (Math.abs(low) || 1) * 0.1];
    if (log) {
      this.hasZero = ys.some((v) => v <= 0);
      low = Math.max(low, high / 1e7);
    } else {
      const pad = (high - low) * 0.06;
      if (from === undefined) low = low >= 0 && low - pad < 0 ? 0 : low - pad;
      if (to === undefined) high += pad;
    }
    this.low = low;
    this.high = high;
    const xs = [...x, ...series.flatMap((line) => (line.x ? [...line.x] : []))].filter((v) => Number.isFinite(v) && (!xLog || v > 0));
    this.first = extreme(xs, Math.min, 0);
    this.last = extreme(xs, Math.max, 1);
    if (this.last <= this.first) {
      this.first -= xLog ? this.first / 2 : 0.5;
      this.last += xLog ? this.last : 0.5;
    }
    const f = xLog ? Math.log : (v) => v;
    const g = log ? Math.log : (v) => v;
    const across = this.width - LEFT - RIGHT;
    const floor = this.hasZero && log ? 8 : 0;
    const down = this.height - TOP - BOTTOM - floor;
    this.px = (v) => LEFT + ((f(v) - f(this.first)) / (f(this.last) - f(this.first))) * across;
    this.py = (v) =>
      log && v <= 0 ? TOP + down + floor : TOP + (1 - (g(Math.min(Math.max(v, low), high)) - g(low)) / (g(high) - g(low))) * down;
  }

  axes() {
    const { log, xLog, xLabel, xUnit = '', xName } = this.options;
    const group = svg('g', { class: 'axes' });
    const decades = log ? logTicks(this.low, this.high) : [];
    const heights = decades.length > 1 ? decades : ticks(this.low, this.high, 4);
    const texts = tickTexts(heights);
    for (const [i, tick] of heights.entries()) {
      const y = this.py(tick);
      if (log && this.hasZero && this.py(0) - y < 11) continue;
      group.append(
        svg('line', { x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y, class: 'grid' }),
        svg('text', { x: LEFT - 6, y: y + 3.5, 'text-anchor': 'end', text: texts[i] }),
      );
    }
    if (log && this.hasZero) group.append(svg('text', { x: LEFT - 6, y: this.py(0) + 3.5, 'text-anchor': 'end', text: '0' }));
    const base = this.height - BOTTOM;
    group.append(svg('line', { x1: LEFT, x2: this.width - RIGHT, y1: base, y2: base, class: 'base' }));
    const most = Math.max(Math.floor((this.width - LEFT) / 62), 2);
    const axisName = xName ?? `${xLabel}${xUnit ? `,${xUnit}` : ''}`;
    // A short name stands before the numbers, so that the last of them has its place.
    const before = axisName.length * 5.6 < LEFT;
    const end = before ? this.width : this.width - 4 - axisName.length * 6;
    let free = before ? axisName.length * 5.6 : -Infinity;
    for (const tick of xLog ? logTicks(this.first, this.last, most) : ticks(this.first, this.last, most)) {
      if (this.options.wholeX && tick % 1) continue;
      const x = this.px(tick);
      const words = tick >= 1e4 || tick % 1 === 0 ? whole(tick) : number(tick);
      if (x > this.width - RIGHT + 1) continue;
      group.append(svg('line', { x1: x, x2: x, y1: base, y2: base + 4, class: 'base' }));
      const half = words.length * 3.4;
      const at = before ? Math.min(x, end - half) : x;
      if (at - half < free || at + half + (before ? 0 : 6) > end) continue;
      free = at + half + 6;
      group.append(svg('text', { x: at, y: base + 16, 'text-anchor': 'middle', text: words }));
    }
    group.append(svg('text', { x: before ? 0 : this.width - RIGHT, y: base + 16, 'text-anchor': before ? 'start' : 'end', class: 'axis-name', text: axisName }));
    return group;
  }

  backgrounds() {
    const { bands = [], levels = [] } = this.options;
    const found = [];
    for (const band of bands) {
      if (band.from !== undefined) {
        const [x1, x2] = [this.px(Math.max(band.from, this.first)), this.px(Math.min(band.to, this.last))];
        if (x2 > x1) {
          found.push(svg('rect', { x: x1, width: x2 - x1, y: TOP, height: this.height - TOP - BOTTOM, class: 'stripe', style: { '--i': band.odd ? 0.5 : 1 } }));
          if (x2 - x1 > band.label.length * 6 + 4) {
            found.push(svg('text', { x: (x1 + x2) / 2, y: TOP + 9, 'text-anchor': 'middle', class: 'unit', text: band.label }));
          }
        }
        continue;
      }
      const points = [...band.x].map((v, i) => [v, band.low[i], band.high[i]]).filter((p) => p.every(Number.isFinite));
      if (points.length < 2) continue;
      const there = points.map(([v, , h]) => `${this.px(v)},${this.py(h)}`);
      const back = points.reverse().map(([v, l]) => `${this.px(v)},${this.py(l)}`);
      found.push(svg('polygon', { points: [...there, ...back].join(' '), class: 'band' }));
    }
    const known = levels.filter(({ value }) => Number.isFinite(value)).map(({ value, label }) => ({ label, line: this.py(value), at: this.py(value) - 7, size: 1 }));
    for (const { label, line, y } of spreadLabels(known, 11, this.height - BOTTOM)) {
      found.push(
        svg('line', { x1: LEFT, x2: this.width - RIGHT, y1: line, y2: line, class: 'level' }),
        svg('text', { x: this.width - RIGHT - 4, y: y + 3, 'text-anchor': 'end', class: 'unit', text: label }),
      );
    }
    return found;
  }

  curve(line) {
    const xs = line.x ?? this.options.x;
    const points = [];
    let path = '';
    let pen = 'M';
    // Gaps of a few looks without a number are bridged: some numbers come with every eighth look only.
    const sparse = this.options.bridge;
    // Many looks of many populations would be a dense band: their means are drawn.
    for (const [i, v] of thinned(line.values, 2 * (this.width - LEFT), Boolean(line.faint))) {
      if (!Number.isFinite(v) || !Number.isFinite(xs[i])) {
        if (!sparse) pen = 'M';
        continue;
      }
      const at = `${this.px(xs[i]).toFixed(1)} ${this.py(v).toFixed(1)}`;
      path += `${pen}${at}`;
      pen = 'L';
      points.push([xs[i], v]);
    }
    const found = [];
    if (path) {
      found.push(svg('path', {
        d: path, fill: 'none', stroke: line.colour, 'stroke-width': line.thick ? 2.2 : 1.4, 'stroke-dasharray': line.dash,
        'stroke-linejoin': 'round', 'stroke-linecap': 'round', opacity: line.opacity ?? (line.faint ? 0.75 : null),
      }));
    }
    if (line.points ?? (points.length <= (line.faint ? 1 : 12))) {
      for (const [x, v] of points) found.push(svg('circle', { cx: this.px(x), cy: this.py(v), r: line.thick ? 3 : 2.2, fill: line.colour }));
    }
    return found;
  }

  /** Vertical lines at chosen values of x. @param {{x: number, colour: string}[]} marks */
  mark(marks) {
    this.marks = marks;
    if (!this.over) return;
    const lines = marks
      .filter(({ x }) => x >= this.first && x <= this.last)
      .map(({ x, colour }) => svg('line', { x1: this.px(x), x2: this.px(x), y1: TOP, y2: this.height - BOTTOM, stroke: colour, 'stroke-width': 1.4, 'stroke-dasharray': '4 3' }));
    this.over.replaceChildren(...lines);
  }

  nearest(event, root) {
    const box = root.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * this.width;
    const { x } = this.options;
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < x.length; i += 1) {
      const distance = Math.abs(this.px(x[i]) - at);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  listen(root) {
    const { x, series, xLabel, onPick, unit, xUnit = '' } = this.options;
    root.addEventListener('pointermove', (event) => {
      const i = this.nearest(event, root);
      if (i < 0) return;
      const rows = series
        .map((line) => [line, line.x ? near(line, x[i]) : line.values[i]])
        .filter(([, v]) => Number.isFinite(v))
        .sort((p, q) => q[1] - p[1])
        .slice(0, 24)
        .map(([line, v]) => el('div', { class: 'row' }, el('i', { style: { background: line.colour } }), el('span', { text: short(line.name, 34) }), el('b', { text: `${number(v, 4, series.length > 1)}${unit ? ` ${unit}` : ''}` })));
      tooltip([`${xLabel} ${number(x[i], 6)}${xUnit}`, ...rows], event.clientX, event.clientY);
    });
    root.addEventListener('pointerleave', () => tooltip(null));
    if (onPick) {
      root.style.cursor = 'pointer';
      root.addEventListener('click', (event) => onPick(this.nearest(event, root)));
    }
  }

  inWords() {
    const { title, series, xLabel } = this.options;
    const ends = series.slice(0, 8).map((line) => {
      const known = [...line.values].filter(Number.isFinite);
      return known.length ? `${line.name} from ${number(known[0])} to ${number(known[known.length - 1])}` : `${line.name} unknown`;
    });
    return `${title} over ${xLabel}: ${ends.join(', ')}`;
  }
}

/** The value of a curve with an x of its own that is nearest to some x; NaN beyond its ends. */
function near({ x, values }, at) {
  if (!x.length || at < x[0] || at > x[x.length - 1]) return NaN;
  const i = Math.min(lowerBound(x, at, 0, x.length), x.length - 1);
  return values[i > 0 && at - x[i - 1] < x[i] - at ? i - 1 : i];
}

function extreme(values, choose, otherwise) {
  let found = NaN;
  for (const v of values) found = Number.isNaN(found) ? v : choose(found, v);
  return Number.isNaN(found) ? otherwise : found;
}

/** Names of the curves with their colours. */
export function legend(series) {
  const known = (line) => !line.values || Array.prototype.some.call(line.values, Number.isFinite);
  const names = series.filter((line) => line.name && !line.opacity && known(line)).slice(0, 40);
  return el('ul', { class: 'legend' }, names.map((line) =>
    el('li', { title: line.name }, el('i', { class: line.sign ?? (line.dash ? 'dashed' : ''), style: { background: line.dash ? 'none' : line.colour, 'border-color': line.colour } }), el('span', { text: short(line.name, 48) })),
  ));
}
