// The bar that is always in sight: which step is shown, over curves of the run.
import { el, inks, sized, tooltip, written } from './dom.js';
import { number, whole } from './format.js';
import { thinned } from './thin.js';

const HEIGHT = 58;
const SIDE = 14;
const PLAY_MS = 700;

/** The loss that stands for the run: of the training, else of the validation. */
export function lossOf(run) {
  const names = run.names('scalars').filter((name) => name.toLowerCase().includes('loss'));
  const name = names.find((n) => n === 'loss') ?? names[0];
  return name === undefined ? null : { name, values: run.values('scalars', name) };
}

export class Steps {
  constructor(app) {
    this.app = app;
    this.canvas = el('canvas', { 'aria-hidden': 'true' });
    this.handles = Object.fromEntries(['b', 'a'].map((key) => [key, this.makeHandle(key)]));
    this.track = el('div', { class: 'track' }, this.canvas, this.handles.b, this.handles.a);
    this.track.addEventListener('pointerdown', (event) => this.press(event));
    this.track.addEventListener('pointermove', (event) => this.hover(event));
    this.track.addEventListener('pointerleave', () => tooltip(null));
    this.input = el('input', { type: 'number', 'aria-label': 'step of the active handle', onchange: () => this.typed() });
    this.play = el('button', { type: 'button', 'aria-label': 'play', title: 'play (space)', text: '▶', onclick: () => this.toggle() });
    const button = (text, label, n) => el('button', { type: 'button', 'aria-label': label, title: label, text, onclick: () => app.by(n) });
    this.modes = [['a', 'A', 'show the step of handle A'], ['b', 'B', 'show the step of handle B'], ['diff', 'A − B', 'show how the steps of A and B differ']].map(([mode, text, title]) =>
      el('button', { type: 'button', title, 'data-mode': mode, text, onclick: () => app.set({ mode, ...(mode === 'diff' ? {} : { active: mode }) }) }),
    );
    this.facts = el('span', { class: 'facts', 'aria-live': 'polite' });
    this.element = el('section', { class: 'steps', 'aria-label': 'steps' },
      el('div', { class: 'bar' },
        el('div', { class: 'group' }, button('‹', 'step before (left arrow)', -1), this.play, button('›', 'next step (right arrow)', 1)),
        el('label', { class: 'step' }, el('span', { text: 'Step' }), this.input),
        el('div', { class: 'step' }, el('span', { text: 'Show', title: 'two steps, the handles A and B on the line below, or how they differ' }), el('div', { class: 'modes', role: 'group', 'aria-label': 'what is shown' }, this.modes)),
        this.facts),
      this.track);
    document.addEventListener('keydown', (event) => this.key(event));
  }

  makeHandle(key) {
    return el('div', {
      class: `handle ${key}`, tabindex: '0', role: 'slider', 'aria-label': `step ${key.toUpperCase()}`, 'aria-orientation': 'horizontal',
      onfocus: () => this.app.state.active !== key && this.app.set({ active: key, ...(this.app.state.mode !== 'diff' ? { mode: key } : {}) }),
    }, el('span', { text: key.toUpperCase() }));
  }

  runOf(key) {
    return key === 'a' ? this.app.runA : this.app.runB;
  }

  range(run) {
    const runs = this.app.runs.length > 1 ? this.app.runs : [run];
    const first = Math.min(...runs.map((r) => r.steps[0]));
    const last = Math.max(...runs.map((r) => r.steps[r.n - 1]));
    return last > first ? [first, last] : [first - 0.5, first + 0.5];
  }

  x(run, step) {
    const [first, last] = this.range(run);
    return SIDE + ((step - first) / (last - first)) * (this.width - 2 * SIDE);
  }

  placeAt(event, run) {
    const box = this.track.getBoundingClientRect();
    const [first, last] = this.range(run);
    const share = (event.clientX - box.left - SIDE) / (this.width - 2 * SIDE);
    return run.placeOf(first + Math.min(Math.max(share, 0), 1) * (last - first));
  }

  press(event) {
    const handle = event.target.closest('.handle');
    const key = handle ? (handle === this.handles.a ? 'a' : 'b') : this.app.state.active;
    this.track.setPointerCapture(event.pointerId);
    const move = (e) => this.app.go(this.placeAt(e, this.runOf(key)), key);
    const end = () => {
      this.track.removeEventListener('pointermove', move);
      this.track.removeEventListener('pointerup', end);
      this.track.removeEventListener('pointercancel', end);
    };
    this.track.addEventListener('pointermove', move);
    this.track.addEventListener('pointerup', end);
    this.track.addEventListener('pointercancel', end);
    if (!handle) move(event);
    this.handles[key].focus({ preventScroll: true });
    event.preventDefault();
  }

  hover(event) {
    const run = this.runOf(this.app.state.active);
    const place = this.placeAt(event, run);
    const loss = lossOf(run);
    const lines = [`step ${whole(run.steps[place])}`];
    if (loss) lines.push(`${loss.name} ${number(loss.values[place], 4)}`);
    lines.push(`mean rate ${number(run.value(place, 'mean_rate_hz'))} Hz`);
    for (const alarm of run.alarms.filter((a) => run.placeOf(a.step) === place).slice(0, 4)) {
      lines.push(`${alarm.level === 'red' ? '▲' : '◆'} ${alarm.name}${alarm.population ? `, ${alarm.population}` : ''}`);
    }
    if (event.buttons === 0) tooltip(lines, event.clientX, event.clientY);
    else tooltip(null);
  }

  typed() {
    const run = this.runOf(this.app.state.active);
    const step = Number(this.input.value);
    if (Number.isFinite(step)) this.app.go(run.placeOf(step));
    this.update(this.app);
  }

  key(event) {
    const target = event.target;
    const typing = target.closest?.('input, select, textarea, [data-keys]');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
    const onHandle = target.closest?.('.handle');
    if (event.key === ' ' && !target.closest?.('button, a, summary')) {
      this.toggle();
      event.preventDefault();
    } else if (event.key in steps && (onHandle || event.key.startsWith('Arrow'))) {
      const n = steps[event.key];
      if (Number.isFinite(n)) this.app.by(n);
      else this.app.go(n > 0 ? 1e9 : 0);
      event.preventDefault();
    }
  }

  toggle() {
    if (this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
    } else {
      const run = this.runOf(this.app.state.active);
      if (this.app.state[this.app.state.active] >= run.n - 1) this.app.go(0);
      this.next();
    }
    this.play.textContent = this.timer ? '❚❚' : '▶';
    this.play.setAttribute('aria-label', this.timer ? 'pause' : 'play');
  }

  next() {
    this.timer = setTimeout(async () => {
      const { state } = this.app;
      const run = this.runOf(state.active);
      // A run of thousands of steps is played in at most a minute.
      await this.app.by(Math.max(Math.ceil(run.n / 120), 1));
      if (!this.timer) return;
      if (state[state.active] >= run.n - 1) this.toggle();
      else this.next();
    }, PLAY_MS);
  }

  update(app, changed = new Set(['all'])) {
    this.width = this.track.clientWidth || 300;
    if (changed.has('all') || changed.has('active')) this.draw();
    for (const key of ['a', 'b']) {
      const run = this.runOf(key);
      const step = run.steps[app.state[key]];
      const handle = this.handles[key];
      handle.style.left = `${this.x(run, step)}px`;
      handle.setAttribute('aria-valuemin', run.steps[0]);
      handle.setAttribute('aria-valuemax', run.steps[run.n - 1]);
      handle.setAttribute('aria-valuenow', step);
      handle.setAttribute('aria-valuetext', `step ${step}`);
      handle.classList.toggle('active', app.state.active === key);
      handle.classList.toggle('off', app.state.mode !== 'diff' && app.state.mode !== key);
    }
    for (const button of this.modes) button.setAttribute('aria-pressed', button.dataset.mode === app.state.mode);
    const run = this.runOf(app.state.active);
    this.input.min = run.steps[0];
    this.input.max = run.steps[run.n - 1];
    this.input.value = run.steps[app.state[app.state.active]];
    this.facts.textContent = written(this.sentence());
  }

  sentence() {
    const parts = this.app.shown.map((side) => {
      const loss = lossOf(side.run);
      const numbers = [
        loss && Number.isFinite(loss.values[side.place]) ? `${loss.name} ${number(loss.values[side.place])}` : null,
        `${number(side.run.value(side.place, 'mean_rate_hz'))} Hz`,
      ];
      const kept = ['numbers only', 'counts in bins', 'all spikes'][side.run.detail[side.place]];
      return `${this.app.nameOf(side)} · ${numbers.filter(Boolean).join(' · ')} · ${kept}`;
    });
    return parts.join('   |   ');
  }

  draw() {
    const { app, width } = this;
    const ink = inks();
    const context = sized(this.canvas, width, HEIGHT);
    const run = this.runOf(app.state.active);
    context.fillStyle = ink.panel;
    context.beginPath();
    context.roundRect?.(0, 0, width, HEIGHT, 8);
    context.fill();
    // Steps with all their spikes are told from the others by the line below.
    context.fillStyle = ink.faint;
    for (let i = 0; i < run.n; i += Math.max(Math.floor(run.n / width), 1)) {
      context.globalAlpha = run.detail[i] === 2 ? 1 : 0.4;
      context.fillRect(this.x(run, run.steps[i]) - 0.5, HEIGHT - 6, 1.4, run.detail[i] ? 5 : 2);
    }
    context.globalAlpha = 1;
    const curves = this.curves(run, ink);
    for (const [, values, colour, dash, of] of curves) this.curve(context, of, values, colour, dash);
    context.font = '10px system-ui, sans-serif';
    context.textBaseline = 'top';
    let at = SIDE + 24;
    for (const [label, , colour, dash] of width < 500 ? [] : curves) {
      const text = label.length > 24 ? `${label.slice(0, 23)}…` : label;
      context.strokeStyle = colour;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(at, 9);
      context.lineTo(at + 16, 9);
      context.stroke();
      context.fillStyle = ink.soft;
      context.fillText(text, at + 20, 4);
      at += 34 + context.measureText(text).width;
    }
    context.setLineDash([]);
    (app.runs.length > 1 ? app.runs : [run]).forEach((each, i) => this.alarms(context, each, ink, 16 + 13 * i, i));
  }

  /** Loss and mean rate of a run; of two runs the losses, or the rates where there is none. */
  curves(run, ink) {
    const loss = (of) => lossOf(of) ?? { name: 'mean rate', values: of.values('mean_rate_hz') };
    if (this.app.runs.length > 1) {
      return this.app.runs.map((of, i) => [`${'AB'[i]}: ${loss(of).name}`, loss(of).values, [ink.a, ink.b][i], [], of]);
    }
    const own = lossOf(run);
    const rate = ['mean rate', run.values('mean_rate_hz'), ink.soft, [3, 3], run];
    return own ? [rate, [own.name, own.values, ink.ink, [], run]] : [rate];
  }

  curve(context, run, values, colour, dash) {
    if (!values) return;
    const known = Float64Array.from(values.filter(Number.isFinite)).sort();
    if (!known.length) return;
    // A few wild values must not flatten the rest.
    const low = known[Math.floor(known.length * 0.005)];
    const high = known[Math.min(Math.ceil(known.length * 0.995), known.length - 1)];
    const y = (v) => (high > low ? HEIGHT - 12 - Math.min(Math.max((v - low) / (high - low), -0.1), 1.1) * (HEIGHT - 32) : HEIGHT / 2);
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.setLineDash(dash);
    context.beginPath();
    let pen = false;
    for (const [i, v] of thinned(values, dash.length ? this.width / 3 : 2 * this.width, dash.length > 0)) {
      if (!Number.isFinite(v)) pen = false;
      else {
        const x = this.x(run, run.steps[i]);
        if (pen) context.lineTo(x, y(v));
        else context.moveTo(x, y(v));
        if (run.n === 1) context.arc(x, y(v), 2, 0, 7);
        pen = true;
      }
    }
    context.stroke();
    context.setLineDash([]);
  }

  alarms(context, run, ink, top, number) {
    for (const alarm of [...run.alarms].reverse()) {
      const x = this.x(run, alarm.step);
      context.fillStyle = alarm.level === 'red' ? ink.red : ink.amber;
      context.beginPath();
      if (alarm.level === 'red') {
        context.moveTo(x - 5, top + 9);
        context.lineTo(x + 5, top + 9);
        context.lineTo(x, top);
      } else {
        context.moveTo(x, top);
        context.lineTo(x + 4.5, top + 4.5);
        context.lineTo(x, top + 9);
        context.lineTo(x - 4.5, top + 4.5);
      }
      context.fill();
      if (this.app.runs.length < 2) continue;
      // Whose it is.
      context.fillStyle = [ink.a, ink.b][number];
      context.fillText('AB'[number], x + 7, top);
    }
  }
}
