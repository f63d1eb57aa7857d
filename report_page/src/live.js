// A run that grows while it is looked at: asks the server what is new, and has the page show it.
import { inflate } from './inflate.js';
import { origin } from './origin.js';
import { readBlock, readContainer } from './packing.js';
import { Run } from './store.js';
import { merged } from './table.js';
import { verdict } from './verdict.js';

const HIDDEN_MS = 5000;
const MOST_MS = 8000;
const SHOW_EVERY_MS = 1000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** What the server has under an address; null if it has nothing. */
async function ask(address) {
  const answer = await fetch(address, { cache: 'no-store' });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`the server says ${answer.status}`);
  return readContainer(await inflate(new Uint8Array(await answer.arrayBuffer())));
}

const NOTHING = { series: [], arrays: { steps: new Float64Array(0), detail: new Uint8Array(0) } };

/** Facts of the run as a whole, as the report has them. */
function told(facts) {
  const found = { info: {} };
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith('info.')) found.info[name.slice(5)] = value;
    else found[name] = value;
  }
  return found;
}

export class LiveRun extends Run {
  constructor(facts, news) {
    const { series, arrays } = merged(NOTHING, news);
    super({ content: { files: {}, texts: {}, ...told(facts), series, prefix: 'a' }, arrays });
    this.facts = facts;
    this.edition = 0;
  }

  /** Looks are asked for by their step: their places change as steps come. */
  async block(name) {
    try {
      return await ask(name === 'neurons' ? 'neurons' : `look?step=${this.steps[name]}`);
    } catch {
      return null;
    }
  }

  async look(place) {
    const { edition } = this;
    const step = this.steps[place];
    const look = await super.look(place);
    // Something has come meanwhile: the place may be another step's, or the look have more numbers.
    const isOld = edition !== this.edition;
    if (isOld || !look) this.drop(place, look);
    return isOld ? this.look(this.placeOf(step)) : look;
  }

  drop(place, look) {
    if (this.looks.get(place) !== look) return;
    this.looks.delete(place);
    this.bytes -= look?.size ?? 0;
  }

  /** Takes in what is new; what is known of other steps stays. */
  take(news) {
    const before = this.steps;
    const { series, arrays, places } = merged({ series: this.series, arrays: this.arrays }, news);
    this.setNumbers(series, arrays);
    this.edition += 1;
    const { alarms, watched, info, left_out: leftOut } = told(this.facts);
    Object.assign(this, { alarms, watched, info, left_out: leftOut });
    const changed = new Set(places);
    const kept = [...this.looks].map(([place, look]) => [this.placeOf(before[place]), look]);
    this.looks = new Map(kept.filter(([place]) => !changed.has(place)));
    this.bytes = 0;
    for (const [place, look] of this.looks) {
      look.place = place;
      this.bytes += look.size;
    }
  }
}

export class Live {
  constructor(say) {
    this.say = say;
    this.version = 0;
    this.generation = '';
    this.facts = {};
    this.pressed = false;
    this.shownAt = performance.now();
    addEventListener('pointerdown', () => { this.pressed = true; }, true);
    for (const name of ['pointerup', 'pointercancel']) addEventListener(name, () => setTimeout(() => { this.pressed = false; }), true);
    document.addEventListener('visibilitychange', () => this.wake?.());
  }

  /** The report, as soon as the run has a look. */
  async open() {
    const { content } = await readBlock('report-content');
    this.every = content.live.ask_every_ms;
    for (;;) {
      const news = await this.next();
      if (news?.n_steps) {
        const run = await new LiveRun(this.facts, news).readNeurons();
        return { ...content, runs: [run] };
      }
      await this.pause(news);
    }
  }

  /** What is new; null if nobody answers. */
  async next() {
    try {
      const { content, arrays } = await ask(`news?since=${this.version}&of=${this.generation}`);
      this.failed = 0;
      this.version = content.version;
      // Another run: this page is none of its.
      if (content.again) location.reload();
      this.generation = content.generation;
      Object.assign(this.facts, content.facts);
      this.say(content);
      return { ...content, arrays };
    } catch {
      this.failed = (this.failed ?? 0) + 1;
      // A server may be busy once; only then is it gone.
      if (this.failed > 1) this.say(null);
      return null;
    }
  }

  pause(news) {
    if (news?.more) return wait(0);
    const ms = news ? (document.hidden ? HIDDEN_MS : this.every) : Math.min(this.every * 2 ** this.failed, MOST_MS);
    return Promise.race([wait(ms), new Promise((done) => { this.wake = done; })]);
  }

  /** Adds what is new to the page, for as long as it is open. */
  async follow(parts) {
    for (;;) {
      const news = await this.next();
      const isNew = news && !news.again && (news.arrays.steps.length || Object.keys(news.facts).length);
      if (isNew) {
        // A click that has begun is let end where it began.
        while (this.pressed) await wait(50);
        this.take(parts.app, news);
        // Of a long run many steps come one after the other.
        const isDue = !news.more || performance.now() - this.shownAt > SHOW_EVERY_MS;
        if (isDue) await this.show(parts);
        this.waits = !isDue;
      } else if (this.waits && news && !news.more) {
        this.waits = false;
        await this.show(parts);
      }
      await this.pause(news);
    }
  }

  /** Puts what is new into the run, and stays at the steps that are shown. */
  take(app, news) {
    const [run] = app.runs;
    const { state } = app;
    const last = run.n - 1;
    const stood = { a: run.steps[state.a], b: run.steps[state.b] };
    // Who stands on the newest step goes on to it; B begins on the first, and stays there.
    const follows = { a: state.a === last, b: state.b === last && last > 0 };
    const isFirst = state.b === 0;
    run.take(news);
    for (const name of ['a', 'b']) state[name] = follows[name] ? run.n - 1 : run.placeOf(stood[name]);
    if (isFirst && !follows.b) state.b = 0;
    app.turn += 1;
  }

  async show(parts) {
    try {
      await this.draw(parts);
    } catch (error) {
      // One section that cannot be drawn does not end the watching.
      console.error(error);
    }
    this.shownAt = performance.now();
  }

  async draw({ app, sections, ends }) {
    await app.load();
    keepingFocus(() => {
      ends.verdict = renewed(ends.verdict, verdict(app));
      ends.origin = renewed(ends.origin, origin(app));
      sections.forEach((section) => section.forget?.());
      app.renew();
    });
  }
}

/** Puts an element in the place of one, unless it looks the same; what was open stays open. */
function renewed(old, fresh) {
  if (old.isEqualNode(fresh)) return old;
  const open = old.querySelectorAll('details');
  fresh.querySelectorAll('details').forEach((each, i) => { each.open = open[i]?.open ?? false; });
  old.replaceWith(fresh);
  return fresh;
}

/** Does something that makes elements again; the keyboard stays where it is. */
function keepingFocus(act) {
  const { activeElement: focused } = document;
  const section = focused?.closest('section, header');
  const all = (of) => [...of.querySelectorAll('button, select, input, summary, [tabindex]')];
  const place = section ? all(section).indexOf(focused) : -1;
  act();
  if (place < 0 || focused.isConnected) return;
  const again = section.id ? document.getElementById(section.id) : document.querySelector('header.verdict');
  if (again) all(again)[place]?.focus({ preventScroll: true });
}
