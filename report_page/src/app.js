// What is chosen on the page, and who is told when it changes.
import { populationColours, isDark } from './colours.js';
import { forgetInks } from './dom.js';

export class App {
  constructor(report) {
    this.report = report;
    this.runs = report.runs;
    [this.runA] = this.runs;
    this.runB = this.runs[this.runs.length - 1];
    this.state = {
      a: this.runA.n - 1,
      b: this.runs.length > 1 ? this.runB.n - 1 : 0,
      mode: 'a',
      active: 'a',
      sort: 'type',
      palette: 'figures',
      hidden: new Set(),
      neuron: null,
    };
    this.sections = [];
    this.turn = 0;
    this.waiting = new Set();
  }

  /** Begins to follow a section, an object with `element` and `update(app, changed)`. */
  add(section) {
    section.dirty = new Set(['all']);
    this.sections.push(section);
    return section.element;
  }

  watch() {
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const section = this.sections.find((s) => s.element === entry.target);
        section.visible = entry.isIntersecting;
        if (section.visible) this.refresh(section);
      }
    }, { rootMargin: '120px' });
    this.sections.forEach((s) => seen.observe(s.element));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.renew());
    let width = document.body.clientWidth;
    new ResizeObserver(() => {
      if (document.body.clientWidth !== width) this.renew();
      width = document.body.clientWidth;
    }).observe(document.body);
    addEventListener('beforeprint', () => {
      document.documentElement.dataset.printing = 'yes';
      this.renew(true);
    });
    addEventListener('afterprint', () => {
      delete document.documentElement.dataset.printing;
      this.renew();
    });
  }

  renew(everything = false) {
    forgetInks();
    for (const section of this.sections) {
      section.dirty.add('all');
      if (everything || section.visible || section.element.hidden) this.refresh(section);
    }
  }

  refresh(section) {
    if (!section.dirty.size) return;
    const changed = section.dirty;
    section.dirty = new Set();
    section.update(this, changed);
    if (section.link) section.link.hidden = section.element.hidden;
  }

  /** Changes what is chosen; resolved when it is on the screen. */
  async set(changes) {
    const changed = Object.keys(changes).filter((k) => changes[k] !== this.state[k]);
    if (!changed.length) return;
    changed.forEach((name) => this.waiting.add(name));
    Object.assign(this.state, changes);
    const turn = ++this.turn;
    await this.load();
    if (turn !== this.turn) return;
    const told = [...this.waiting];
    this.waiting.clear();
    for (const section of this.sections) {
      told.forEach((name) => section.dirty.add(name));
      // What is hidden is never seen: it may have something to show now.
      if (section.visible !== false || section.element.hidden) this.refresh(section);
    }
  }

  async load() {
    const { a, b } = this.state;
    const looks = await Promise.all([this.runA.look(a), this.runB.look(b)]);
    // Else others have been chosen meanwhile, and are on their way.
    if (a === this.state.a && b === this.state.b) [this.lookA, this.lookB] = looks;
  }

  get dark() {
    return isDark();
  }

  colours(run) {
    return populationColours(run, this.state.palette, this.dark);
  }

  /** The looks that are shown: [{key, run, place, look}], the first is the main one. */
  get shown() {
    const a = { key: 'a', run: this.runA, place: this.state.a, look: this.lookA };
    const b = { key: 'b', run: this.runB, place: this.state.b, look: this.lookB };
    return { a: [a], b: [b], diff: [a, b] }[this.state.mode];
  }

  get main() {
    return this.shown[0];
  }

  nameOf({ key, run, place }) {
    const step = `step ${run.steps[place].toLocaleString('en')}`;
    const of = this.runs.length > 1 ? `${run.name}, ` : '';
    return `${key.toUpperCase()}: ${of}${step}`;
  }

  /** Moves the active handle to a step. */
  go(place, key = this.state.active) {
    const run = key === 'a' ? this.runA : this.runB;
    const to = Math.min(Math.max(Math.round(place), 0), run.n - 1);
    return this.set({ [key]: to, active: key, ...(this.state.mode !== 'diff' ? { mode: key } : {}) });
  }

  by(n) {
    return this.go(this.state[this.state.active] + n);
  }
}
