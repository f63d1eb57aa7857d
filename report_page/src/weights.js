// Weights by source and target population, as a table of colours.
import { css, diverging, extent, sequential } from './colours.js';
import { el, short, written } from './dom.js';
import { number } from './format.js';
import { scaleBar } from './scale.js';

const MOST = 60;
const CHANGES = [['kl', 'Kullback-Leibler distance from the start, nats'], ['wasserstein', 'Wasserstein distance from the start']];
const MEAN = [['mean', 'mean weight, in the units of the layer']];
const BLANK = 'blank: no synapses';

/** One table; its elements stay while only its numbers change. */
class Table {
  constructor(measures, title) {
    this.measures = measures;
    this.title = title;
    this.host = el('figure', { class: 'chart', hidden: true });
    this.shownKey = null;
  }

  update(app, side, pairs) {
    const known = this.measures.filter(([key]) => pairs.some((pair) => Number.isFinite(pair[key])));
    this.host.hidden = !known.length;
    if (!known.length) return;
    const [measure, words] = known.find(([key]) => key === this.measure) ?? known[0];
    const cells = new Map(pairs.map((pair) => [`${pair.pre}\u0000${pair.post}`, pair[measure]]));
    const order = new Map(side.run.populations.map((p, i) => [p.name, i]));
    const sorted = (end) => [...new Set(pairs.map((pair) => pair[end]))].sort((p, q) => (order.get(p) ?? -1) - (order.get(q) ?? -1)).slice(0, MOST);
    const [rows, columns] = [sorted('pre'), sorted('post')];
    const key = [measure, known.length, ...rows, '', ...columns].join('\u0000');
    if (this.shownKey !== key) {
      this.shownKey = key;
      this.make(rows, columns, known, measure, () => this.update(app, side, pairs));
    }
    const values = [...cells.values()].filter(Number.isFinite);
    const { most, isAll } = extent(values);
    const reach = (value) => number(value) + (isAll ? '' : ' and beyond');
    const isSigned = values.some((v) => v < 0);
    const colourOf = isSigned ? (v) => diverging(v / most, app.dark) : (v) => sequential(v / most, app.dark);
    this.heading.textContent = written(`${this.title}, ${app.nameOf(side)}`);
    this.scale.replaceChildren(isSigned
      ? scaleBar((share) => diverging(2 * share - 1, app.dark), reach(-most), reach(most), `${words} · ${BLANK}`)
      : scaleBar((share) => sequential(share, app.dark), '0', reach(most), `${words} · ${BLANK}`));
    rows.forEach((pre, i) => columns.forEach((post, k) => fill(this.cells[i][k], pre, post, cells.get(`${pre}\u0000${post}`), colourOf)));
  }

  make(rows, columns, known, measure, again) {
    this.cells = rows.map(() => columns.map(() => el('td')));
    this.heading = el('strong');
    this.scale = el('div');
    const select = known.length < 2 ? null : el('select', { 'aria-label': 'which distance is shown', onchange: () => { this.measure = select.value; again(); } }, known.map(([value, text]) => el('option', { value, text, selected: value === measure })));
    const head = el('tr', {}, el('th', { scope: 'col', text: 'from ↓ to →' }), columns.map((post) => el('th', { scope: 'col', title: post }, el('span', { text: short(post, 10) }))));
    const body = rows.map((pre, i) => el('tr', {}, el('th', { scope: 'row', text: short(pre, 14), title: pre }), this.cells[i]));
    this.host.replaceChildren(el('figcaption', {}, this.heading, select),
      el('div', { class: 'scroll', tabindex: '0', 'data-keys': 'yes', role: 'region', 'aria-label': `${this.title} by source and target` },
        el('table', { class: 'weights' }, el('thead', {}, head), el('tbody', {}, body))), this.scale);
  }
}

function fill(td, pre, post, v, colourOf) {
  const isKnown = Number.isFinite(v);
  td.title = written(`${pre} → ${post}: ${isKnown ? number(v) : 'no synapses'}`);
  td.setAttribute('aria-label', isKnown ? number(v) : 'none');
  td.style.background = isKnown ? css(colourOf(v)) : 'transparent';
  td.style.boxShadow = isKnown ? '' : 'none';
}

/** What the weights are, and how far they have moved from the start. */
export class Weights {
  constructor() {
    this.tables = [new Table(MEAN, 'Weights'), new Table(CHANGES, 'Change of weights')];
    this.host = el('div', { class: 'matrices' }, this.tables.map((table) => table.host));
  }

  update(app) {
    const side = app.main;
    const pairs = side.look?.weightRows() ?? [];
    this.tables.forEach((table) => table.update(app, side, pairs));
  }
}
