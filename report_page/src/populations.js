// By population: a row of marks for each, and curves over the steps.
import { Chart, legend } from './charts.js';
import { css } from './colours.js';
import { el, inks, short, svg, tooltip } from './dom.js';
import { logTicks, number, percent, ticks, whole } from './format.js';

const MOST_ROWS = 150;
const ROW = 19;
const HEAD = 26;
const FOOT = 24;
const LABEL = 112;

const COLUMNS = [
  { title: 'rate', unit: 'Hz', path: (n) => ['population_rates_hz', n], log: true, recorded: 'rate' },
  { title: 'similarity', path: (n) => ['statistics', 'populations', n, 'similarity'], from: 0, to: 1 },
  { title: 'silent neurons', brief: 'silent', unit: '%', path: (n) => ['silent_fractions', n], from: 0, to: 1, percent: true },
  { title: 'LV of intervals', brief: 'LV', path: (n) => ['statistics', 'populations', n, 'lv'], from: 0, level: 1 },
  { title: 'correlation, 10 ms', brief: 'correlation', path: (n) => ['statistics', 'populations', n, 'correlation_10ms'], level: 0 },
  { title: 'OSI', path: (n) => ['tuning', 'populations', n, 'osi'], from: 0, to: 1, recorded: 'osi', held: true },
  { title: 'DSI', path: (n) => ['tuning', 'populations', n, 'dsi'], from: 0, to: 1, recorded: 'dsi', held: true },
];

/** The value at a place, or the last one before it: tuning comes with every few looks only. */
export function held(values, place) {
  for (let i = place; i >= 0; i -= 1) if (Number.isFinite(values[i])) return values[i];
  return NaN;
}

export class Populations {
  constructor(app) {
    this.app = app;
    this.table = el('div', { class: 'population-table' });
    this.keys = el('div');
    this.grid = el('div', { class: 'grid' });
    this.element = el('section', { class: 'card', id: 'populations', 'aria-label': 'populations' },
      el('h2', { text: 'Populations' }), el('div', { class: 'scroll', tabindex: '0', 'data-keys': 'yes', role: 'region', 'aria-label': 'numbers of each population' }, this.table), this.keys,
      this.heading = el('h2', { text: 'Over the steps' }), this.about = el('p', { class: 'note about', text: `Point at a chart for its numbers; click to go to that step. Populations have the colours of the table above${app.runs.length > 1 ? ', and are those of the run that is chosen; dotted: the other run' : ''}.` }), this.grid);
    this.charts = [];
  }

  update(app, changed) {
    const all = changed.has('all');
    this.drawTable();
    const run = app.main.run;
    if (all || changed.has('palette') || run !== this.run) this.makeCharts(run);
    if (run !== this.run || all || ['a', 'b', 'mode'].some((name) => changed.has(name))) this.makeLookCharts();
    this.run = run;
    this.markSteps();
  }

  // A row for each population ------------------------------------------------------------------

  drawTable() {
    const { app } = this;
    const { run } = app.main;
    const columns = COLUMNS.filter((c) => run.populations.some((p) => run.values(...c.path(p.name))));
    if (!columns.length) {
      this.table.replaceChildren(el('p', { class: 'note', text: 'No numbers by population are known.' }));
      this.keys.replaceChildren();
      return;
    }
    const colours = app.colours(run);
    const room = (this.table.parentElement.clientWidth || 900) - LABEL - 4 * columns.length;
    const wide = Math.min(Math.max(Math.floor(room / columns.length), document.documentElement.dataset.printing ? 80 : 132), 300);
    this.table.replaceChildren(this.names(run, colours), ...columns.map((column) => this.column(column, run, colours, wide)));
    const ink = inks();
    const single = app.shown.length < 2;
    const sides = app.shown.map((s) => ({ name: `${app.nameOf(s)}${single && run.populations.length > 1 ? ', in the colours of the populations' : ''}`, colour: single ? ink.ink : ink[s.key], sign: s.key === 'b' && !single ? 'ring' : 'dot' }));
    const recorded = run.populations.some((p) => p.recorded.mean_hz);
    const tuned = columns.some((c) => c.held);
    this.keys.replaceChildren(legend([...sides, ...(recorded ? [{ name: tuned ? 'recorded: quartiles, mean; OSI and DSI: median' : 'recorded in mice: quartiles and mean', colour: ink.soft, sign: 'recorded' }] : []),
      // The only such text of the table is the dash of an unknown number.
      ...(this.table.querySelector('.unit') ? [{ name: '– not known: too few neurons, spikes or units', sign: 'none' }] : [])]));
  }

  /** Names stay in sight while the columns are scrolled. */
  names(run, colours) {
    const populations = run.populations.slice(0, MOST_ROWS);
    const height = HEAD + populations.length * ROW + FOOT;
    const root = svg('svg', { class: 'names', width: LABEL, height, viewBox: `0 0 ${LABEL} ${height}`, 'aria-hidden': 'true' });
    populations.forEach((p, i) => {
      const y = HEAD + i * ROW + ROW / 2;
      root.append(svg('g', { class: 'row' },
        svg('rect', { x: 0, y: y - ROW / 2, width: LABEL, height: ROW, class: `stripe${i % 2 ? ' odd' : ''}` }),
        svg('rect', { x: 0, y: y - 6, width: 3, height: 12, fill: css(colours[p.number]) }),
        svg('text', { x: 9, y: y + 4, class: 'name', text: short(p.name, 15) }, svg('title', { text: p.name }))));
    });
    return root;
  }

  column(column, run, colours, width) {
    const ink = inks();
    const { app } = this;
    const left = 0;
    const populations = run.populations.slice(0, MOST_ROWS);
    const height = HEAD + populations.length * ROW + FOOT;
    const sides = app.shown.map((side) => ({ ...side, of: (name) => {
      const values = side.run.values(...column.path(name));
      return values ? (column.held ? held(values, side.place) : values[side.place]) : NaN;
    } }));
    const values = populations.flatMap((p) => [...sides.map((s) => s.of(p.name)), ...recordedOf(p, column)]).filter(Number.isFinite);
    const positive = values.filter((v) => v > 0);
    let low = column.from ?? Math.min(column.level ?? Infinity, ...values, 0);
    let high = column.to ?? Math.max(column.level ?? 0, ...values);
    if (column.log) {
      high = Math.max(...positive, 1) * 1.3;
      low = Math.max(Math.min(...positive, 1) / 1.3, high / 1e5);
    }
    if (!(high > low)) high = low + 1;
    const f = column.log ? Math.log : (v) => v;
    const right = width - 12;
    const px = (v) => (column.log && v <= 0 ? left + 2 : left + 10 + ((f(Math.min(Math.max(v, low), high)) - f(low)) / (f(high) - f(low))) * (right - left - 10));
    const root = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': inWords(column, populations, sides) });
    root.append(svg('text', { x: left + 10, y: 14, class: 'head', text: `${(width < 132 && column.brief) || column.title}${column.unit ? `, ${column.unit}` : ''}` }));
    const marks = column.log ? logTicks(low, high, 4) : ticks(low, high, 3);
    let free = -Infinity;
    for (const tick of marks) {
      const x = px(tick);
      const words = column.percent ? `${whole(tick * 100)}` : number(tick);
      if (x - words.length * 3.2 < free) continue;
      free = x + words.length * 3.2 + 7;
      root.append(svg('line', { x1: x, x2: x, y1: HEAD, y2: height - FOOT, class: 'grid' }), svg('text', { x, y: height - 8, 'text-anchor': 'middle', text: words }));
    }
    if (column.level !== undefined) root.append(svg('line', { x1: px(column.level), x2: px(column.level), y1: HEAD, y2: height - FOOT, class: 'level' }));
    populations.forEach((p, i) => root.append(this.row(p, i, { column, left, width, px, sides, colours, ink })));
    root.addEventListener('pointermove', (event) => {
      const p = populations[Math.floor((event.clientY - root.getBoundingClientRect().top - HEAD) / ROW)];
      tooltip(p ? this.aboutRow(p, column, sides) : null, event.clientX, event.clientY);
    });
    root.addEventListener('pointerleave', () => tooltip(null));
    return root;
  }

  row(p, i, { column, left, width, px, sides, colours, ink }) {
    const y = HEAD + i * ROW + ROW / 2;
    const group = svg('g', { class: 'row' }, svg('rect', { x: 0, y: y - ROW / 2, width, height: ROW, class: `stripe${i % 2 ? ' odd' : ''}` }));
    const recorded = p.recorded;
    if (column.recorded === 'rate' && recorded.quartiles_hz) {
      const [q1, , q3] = recorded.quartiles_hz;
      group.append(svg('line', { x1: px(q1), x2: px(q3), y1: y, y2: y, class: 'quartiles' }), svg('rect', { x: px(recorded.mean_hz) - 1, y: y - 6, width: 2, height: 12, class: 'recorded' }));
    } else if (column.recorded && Number.isFinite(recorded[column.recorded])) {
      group.append(svg('rect', { x: px(recorded[column.recorded]) - 1, y: y - 6, width: 2, height: 12, class: 'recorded' }));
    }
    const at = sides.map((side) => side.of(p.name));
    if (at.length > 1 && at.every(Number.isFinite)) group.append(svg('line', { x1: px(at[0]), x2: px(at[1]), y1: y, y2: y, class: 'between' }));
    [...sides].reverse().forEach((side) => {
      const v = side.of(p.name);
      if (!Number.isFinite(v)) return;
      const colour = sides.length > 1 ? ink[side.key] : css(colours[p.number]);
      const hollow = sides.length > 1 && side.key === 'b';
      group.append(svg('circle', { cx: px(v), cy: y, r: 4.4, fill: hollow ? ink.card : colour, stroke: colour, 'stroke-width': 1.8 }));
    });
    if (!at.some(Number.isFinite)) group.append(svg('text', { x: left + 12, y: y + 4, class: 'unit', text: '–' }));
    return group;
  }

  aboutRow(p, column, sides) {
    const text = (v) => (column.percent ? percent(v) : `${number(v, 4)}${column.unit ? ` ${column.unit}` : ''}`);
    const lines = [`${p.name} · ${whole(p.count)} neurons`, ...sides.map((s) => `${this.app.nameOf(s)}: ${column.title} ${text(s.of(p.name))}`)];
    const recorded = recordedOf(p, column);
    if (recorded.length === 3) lines.push(`recorded: mean ${text(recorded[2])}, quartiles ${number(recorded[0])} to ${number(recorded[1])}`);
    else if (recorded.length) lines.push(`recorded: median ${text(recorded[0])}`);
    return lines;
  }

  // Over the steps -----------------------------------------------------------------------------

  makeCharts(run) {
    const { app } = this;
    const ink = inks();
    const colours = app.colours(run);
    const pick = (place) => app.go(place, run === app.runA && app.state.mode !== 'b' ? app.state.active : 'b');
    const common = { x: run.steps, xLabel: 'step', wholeX: true, onPick: (place) => place >= 0 && pick(place) };
    const populations = (path, more = {}) => run.populations
      .map((p) => ({ name: p.name, colour: css(colours[p.number]), values: run.values(...path(p.name)), dash: p.cell_class && p.cell_class !== 'Exc' ? '5 3' : null, faint: true, ...more }))
      .filter((line) => line.values);
    const single = (name, colour, ...path) => ({ name, colour, values: run.values(...path), thick: true, path });
    const other = app.runs.find((each) => each !== run);
    const letter = (each) => 'AB'[app.runs.indexOf(each)];
    /** The same numbers of the other run, beside those of this one. */
    const ofOther = (line) => (line.path && other ? [{ ...line, name: `${letter(other)}: ${line.name}`, x: other.steps, values: other.values(...line.path), thick: false, points: false, opacity: 0.9, dash: '2 3' }] : []);
    const charts = [];
    const add = (options) => {
      const lines = options.series.filter((line) => line.values || (other && line.path && other.values(...line.path)));
      const isPair = other && lines.length === 1 && lines[0].path;
      const series = lines.flatMap((line) => (isPair ? pairOf(app, line, run) : [line, ...ofOther(line)])).filter((line) => line.values);
      if (series.length) charts.push(new Chart({ ...common, ...options, series }));
    };
    for (const name of groupedScalars(run)) add({ title: name.title, note: name.log ? 'log axis' : '', series: name.names.map((n, i) => ({ ...single(n, [ink.ink, ink.p, ink.q, ink.soft][i % 4], 'scalars', n), dash: n.startsWith('val_') ? '5 3' : null })), log: name.log });
    add({ title: 'Rate by population', note: `${run.populations.length > 1 ? 'all bold, inhibitory dashed, ' : ''}log axis`, unit: 'Hz', log: true, legend: false, series: [...populations((n) => ['population_rates_hz', n]), single('all neurons', ink.ink, 'mean_rate_hz')] });
    add({ title: 'Similarity to recordings', note: 'mean bold · 1 is alike', legend: false, from: 0, to: 1, series: [...populations((n) => ['statistics', 'populations', n, 'similarity']), single('mean', ink.ink, 'statistics', 'similarity')] });
    add({ title: 'Irregularity of intervals', note: 'Poisson is 1', levels: [{ value: 1, label: 'Poisson' }], series: [single('LV', ink.ink, 'statistics', 'all', 'lv'), { ...single('CV', ink.p, 'statistics', 'all', 'cv'), dash: '5 3' }, { ...single('CV2', ink.q, 'statistics', 'all', 'cv2'), dash: '2 3' }] });
    add({ title: 'Correlation of pairs', note: 'mean, by bin', series: [['2 ms', ink.soft, '2ms'], ['10 ms', ink.ink, '10ms'], ['100 ms', ink.q, '100ms']].map(([n, c, k]) => single(n, c, 'statistics', 'all', `correlation_${k}`)) });
    add({ title: 'Neurons that fire', note: 'part of all', from: 0, to: 1, series: [single('fire at all', ink.ink, 'active_fraction'), { ...single('fire in one 10 ms bin, at most', ink.q, 'peak_fraction'), dash: '5 3' }] });
    add({ title: 'Rhythm', note: 'part of the power by band', from: 0, to: 1, series: [['theta', ink.soft], ['alpha', ink.p], ['beta', ink.q], ['gamma', ink.ink]].map(([n, c]) => single(n, c, 'statistics', 'band_fractions', n)) });
    add({ title: 'Rates against the first look', note: 'distance of distributions', legend: false, from: 0, to: 1, series: populations((n) => ['statistics', 'rate_change', n]) });
    add({ title: 'Orientation selectivity', note: 'median; dashed: recorded', levels: recordedLevels(run, 'osi'), legend: false, bridge: true, from: 0, to: 1, series: populations((n) => ['tuning', 'populations', n, 'osi'], { points: true }) });
    add({ title: 'Direction selectivity', note: 'median; dashed: recorded', levels: recordedLevels(run, 'dsi'), legend: false, bridge: true, from: 0, to: 1, series: populations((n) => ['tuning', 'populations', n, 'dsi'], { points: true }) });
    this.stepCharts = charts;
    this.grid.replaceChildren(...charts.map((c) => c.host), (this.lookHost = el('div', { class: 'contents' })));
    charts.forEach((c) => c.draw());
  }

  /** Curves of the looks that are shown: Fano factor against bin, spectrum. */
  makeLookCharts() {
    const { app } = this;
    const ink = inks();
    const fano = [];
    const spectra = [];
    app.shown.forEach((side) => {
      const numbers = side.look?.row?.statistics;
      const colour = app.shown.length > 1 ? ink[side.key] : ink.ink;
      const name = app.nameOf(side);
      const known = (values) => (Array.isArray(values) ? values.map((v) => v ?? NaN) : []);
      if (known(numbers?.population_fano?.factors).some(Number.isFinite)) fano.push({ name, colour, thick: true, points: true, x: known(numbers.population_fano.bins_ms), values: known(numbers.population_fano.factors) });
      if (known(numbers?.spectrum?.density).some(Number.isFinite)) spectra.push({ name, colour, thick: true, x: known(numbers.spectrum.hz), values: known(numbers.spectrum.density) });
    });
    const charts = [];
    if (fano.length) {
      const { evoked, spontaneous } = app.report.recorded_fano;
      const line = (name, r, dash) => ({ name, colour: ink.soft, x: r.bins_ms, values: r.means, dash });
      charts.push(new Chart({ title: 'Population Fano factor', note: 'variance / mean, log axis', x: fano[0].x, xLabel: 'bin', xUnit: ' ms', xLog: true, log: true,
        series: [...fano.map((f, i) => (i ? f : { ...f, x: undefined })), line('recorded, stimulus; band: to the 95th percentile', evoked, '5 3'), line('recorded, grey', spontaneous, '2 3')],
        bands: [{ x: evoked.bins_ms, low: evoked.means, high: evoked.percentiles_95.map((v) => v ?? NaN) }] }));
    }
    if (spectra.length) {
      const shown = spectra.map((s) => ({ ...s, x: s.x.slice(1), values: s.values.slice(1) }));
      charts.push(new Chart({ title: 'Power spectrum', note: 'spikes² / Hz, all neurons, log axis', x: shown[0].x, xLabel: 'frequency', xUnit: ' Hz', xName: 'Hz', log: true, series: shown.map((s, i) => (i ? s : { ...s, x: undefined })),
        bands: [['θ', 4, 8], ['α', 8, 12], ['β', 12, 30], ['γ', 30, 80]].map(([label, from, to], i) => ({ label, from, to, odd: i % 2 })) }));
    }
    this.lookHost.replaceChildren(...charts.map((c) => c.host));
    this.heading.hidden = !charts.length && !this.stepCharts.length;
    this.about.hidden = this.heading.hidden;
    charts.forEach((c) => c.draw());
  }

  markSteps() {
    const ink = inks();
    const run = this.app.main.run;
    const marks = this.app.shown.filter((s) => s.run === run).map((s) => ({ x: run.steps[s.place], colour: ink[s.key] }));
    this.stepCharts.forEach((chart) => chart.mark(marks));
  }
}

/** The column as a sentence: for those who do not see it. */
function inWords(column, populations, sides) {
  const of = (p) => sides.map((side) => (column.percent ? percent(side.of(p.name)) : number(side.of(p.name), 4))).join(' and ');
  return `${column.title}${column.unit && !column.percent ? `, ${column.unit}` : ''}: ${populations.map((p) => `${p.name} ${of(p)}`).join('; ')}`;
}

/** Recorded medians as lines of a chart; layers with the same one share a line. */
function recordedLevels(run, name) {
  const layers = new Map();
  for (const { layer, recorded } of run.populations) {
    if (Number.isFinite(recorded[name])) layers.set(recorded[name], (layers.get(recorded[name]) ?? new Set()).add(`L${layer}`));
  }
  return [...layers].map(([value, of]) => ({ value, label: [...of].join(', ') }));
}

function recordedOf(p, column) {
  const { recorded } = p;
  if (column.recorded === 'rate') return recorded.quartiles_hz ? [recorded.quartiles_hz[0], recorded.quartiles_hz[2], recorded.mean_hz] : [];
  return column.recorded && Number.isFinite(recorded[column.recorded]) ? [recorded[column.recorded]] : [];
}

/** One number of both runs, each in the colour of its letter; the run whose steps are x comes first. */
function pairOf(app, line, first) {
  const ink = inks();
  return [first, ...app.runs.filter((run) => run !== first)].map((run, i) => {
    const number = app.runs.indexOf(run);
    const own = { ...line, name: `${'AB'[number]}: ${line.name}`, colour: [ink.a, ink.b][number], values: run.values(...line.path), points: false };
    return i ? { ...own, x: run.steps } : own;
  });
}

/** Losses in one chart, accuracies in another, every other number in one of its own. */
function groupedScalars(run) {
  const names = run.names('scalars');
  const like = (word) => names.filter((n) => n.toLowerCase().includes(word)).slice(0, 8);
  const losses = like('loss');
  const accuracies = like('acc').filter((n) => !losses.includes(n));
  const others = names.filter((n) => !losses.includes(n) && !accuracies.includes(n)).slice(0, 12);
  const known = losses.flatMap((n) => [...run.values('scalars', n)]).filter(Number.isFinite);
  const [least, most] = known.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);
  const positive = least > 0 && most > 4 * least;
  return [
    losses.length ? { title: 'Loss', names: losses, log: positive } : null,
    accuracies.length ? { title: 'Accuracy', names: accuracies } : null,
    ...others.map((n) => ({ title: short(n, 40), names: [n] })),
  ].filter(Boolean);
}
