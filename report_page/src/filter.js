// Which populations are shown: a button for each.
import { css } from './colours.js';
import { el, short } from './dom.js';
import { counted } from './format.js';

const MOST = 120;

export class Filter {
  constructor(app) {
    this.app = app;
    this.element = el('div', { class: 'filter', role: 'group', 'aria-label': 'populations that are shown' });
  }

  /** @param {number[][]} list colours of the populations */
  update(run, list) {
    const { app } = this;
    this.element.hidden = run.populations.length < 2;
    const key = `${run.prefix} ${app.state.palette} ${app.dark} ${[...app.state.hidden].join('\u0000')}`;
    if (this.element.hidden || key === this.key) return;
    this.key = key;
    const focused = document.activeElement?.dataset?.population;
    const all = el('button', { type: 'button', class: 'chip all', text: 'all', disabled: !app.state.hidden.size, onclick: () => app.set({ hidden: new Set() }) });
    this.element.replaceChildren(all, ...run.populations.slice(0, MOST).map((p) => this.chip(run, p, list)));
    if (focused !== undefined) this.element.querySelector(`[data-population="${focused}"]`)?.focus();
  }

  chip(run, p, list) {
    return el('button', { type: 'button', class: 'chip', 'data-population': p.number, 'aria-pressed': !this.app.state.hidden.has(p.name), title: `${p.name}: ${counted(p.count, 'neuron')}; double click shows it alone`, onclick: () => this.toggle(run, p), ondblclick: () => this.alone(run, p) },
      el('i', { style: { background: css(list[p.number]) } }), el('span', { text: short(p.name, 18) }));
  }

  toggle(run, p) {
    const hidden = new Set(this.app.state.hidden);
    if (!hidden.delete(p.name)) hidden.add(p.name);
    this.app.set({ hidden: hidden.size >= run.populations.length ? new Set() : hidden });
  }

  alone(run, p) {
    this.app.set({ hidden: new Set(run.populations.filter((each) => each !== p).map((each) => each.name)) });
  }
}
