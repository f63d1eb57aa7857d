// Shows a report, wherever its runs come from.
import { App } from './app.js';
import { el } from './dom.js';
import { Health } from './health.js';
import { origin } from './origin.js';
import { Plane } from './plane.js';
import { Populations } from './populations.js';
import { Readout } from './readout.js';
import { Steps } from './steps.js';
import { Timeline } from './timeline.js';
import { verdict } from './verdict.js';

const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

/** Leads to the parts of the page that the runs have. */
function contents({ runs }, sections, last) {
  const missing = { plane: !runs.some((run) => run.x), health: !runs.some((run) => run.names('health').length) };
  const link = (element) => el('a', { href: `#${element.id}`, text: element.querySelector('h2').textContent, hidden: missing[element.id] });
  for (const section of sections) section.link = link(section.element);
  return el('nav', { class: 'contents-of-page', 'aria-label': 'parts of the page' }, sections.map((section) => section.link), link(last));
}

/**
 * @param {() => Promise<object>} open gives the report
 * @param {(parts: object) => void} then called with what is on the page
 */
export async function begin(open, then = () => {}) {
  const page = document.getElementById('page');
  try {
    const app = new App(await open());
    await app.load();
    // A page that has no size yet cannot be drawn.
    while (!document.body.clientWidth) await painted();
    const timeline = new Timeline(app);
    const sections = [new Steps(app), timeline, new Populations(app), new Plane(app), new Readout(app), new Health(app)];
    const ends = { verdict: verdict(app), origin: origin(app) };
    page.replaceChildren(ends.verdict, contents(app, sections.slice(1), ends.origin), ...sections.map((section) => app.add(section)), ends.origin);
    sections.slice(0, 2).forEach((section) => {
      section.visible = true;
      app.refresh(section);
    });
    app.watch();
    page.removeAttribute('aria-busy');
    await painted();
    performance.mark('report-shown');
    // For those who drive the page by a script: benchmarks and tests do.
    window.report = {
      app,
      timeline,
      show: async (place, key = 'a') => {
        await app.go(place, key);
        await painted();
      },
    };
    then({ app, sections, ends });
  } catch (error) {
    page.replaceChildren(el('p', { class: 'loading', text: `This report cannot be read: ${error.message}` }));
    throw error;
  }
}
