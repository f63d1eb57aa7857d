// The page of a run that is watched while it trains.
import { begin } from './begin.js';
import { el } from './dom.js';
import { whole } from './format.js';
import { Live } from './live.js';
import { standing } from './standing.js';

class Sign {
  constructor() {
    this.text = el('span');
    this.lamp = el('span', { class: 'lamp', role: 'status' }, el('i', { 'aria-hidden': 'true' }), this.text);
    this.newest = el('button', { type: 'button', class: 'newest', hidden: true });
    this.more = el('span', { class: 'note', hidden: true });
    this.element = el('div', { class: 'sign' }, this.lamp, this.newest, this.more);
  }

  show(news) {
    const [kind, short, long] = standing(news);
    this.lamp.className = `lamp ${kind}`;
    this.lamp.title = long;
    if (this.text.textContent !== short) this.text.textContent = short;
    this.more.textContent = long;
    this.more.hidden = kind !== 'lost';
    this.element.classList.toggle('wide', kind === 'lost');
  }

  /** Leads to the newest step, if another one is shown. */
  update({ runA: run, state }) {
    const last = run.n - 1;
    this.newest.hidden = state.a === last;
    const words = `newest: ${whole(run.steps[last])}`;
    if (this.newest.textContent !== words) this.newest.textContent = words;
  }
}

const sign = new Sign();
const loading = document.querySelector('.loading');
const live = new Live((news) => {
  sign.show(news);
  if (!loading.isConnected) return;
  if (!news) loading.textContent = standing(news)[2];
  else if (news.state === 'there') loading.textContent = 'Reading the run …';
  else loading.textContent = `Waiting for the first step of ${live.facts.name} …`;
});

begin(() => live.open(), (parts) => {
  const { app, sections } = parts;
  sections[0].element.querySelector('.bar').append(sign.element);
  sign.newest.addEventListener('click', () => app.go(app.runA.n - 1, 'a'));
  // Told of every change, as a section is.
  app.sections.push({ element: sign.element, visible: true, dirty: new Set(), update: () => sign.update(app) });
  sign.update(app);
  live.follow(parts);
});
