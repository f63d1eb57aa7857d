// The first block: which run this is, how it stands, and what is wrong with it.
import { el, short } from './dom.js';
import { counted, number, percent, whole } from './format.js';
import { lossOf } from './steps.js';

const MOST_ALARMS = 6;
const FEW_ALARMS = 3;

function lastKnown(values) {
  if (!values) return NaN;
  for (let i = values.length - 1; i >= 0; i -= 1) if (Number.isFinite(values[i])) return values[i];
  return NaN;
}

/** Accuracy as training gave it, else over the classes that the looks were given. */
export function accuracyOf(run) {
  const names = run.names('scalars').filter((name) => name.toLowerCase().includes('acc'));
  for (const name of ['val_accuracy', 'accuracy', ...names]) {
    const value = lastKnown(run.values('scalars', name));
    if (Number.isFinite(value)) return { value, what: name === 'accuracy' ? 'in training, last look' : name };
  }
  const { pair_label: labels, pair_class: classes } = run.arrays;
  if (!labels.length) return null;
  let right = 0;
  for (let i = 0; i < labels.length; i += 1) right += labels[i] === classes[i] ? 1 : 0;
  return { value: right / labels.length, what: `of ${counted(labels.length, 'recorded trial')}` };
}

function tile(label, value, note, tone = '') {
  return el('div', { class: `tile ${tone}` }, el('span', { class: 'label', text: label }), el('b', { text: value }), el('span', { class: 'note', text: note }));
}

/** How many alarms stand of each level, and how many are gone. */
function byLevel(alarms, standing) {
  const of = (level) => standing.filter((a) => a.level === level).length;
  const counts = [['red', of('red')], ['amber', of('amber')], ['gone', alarms.length - standing.length]];
  return counts.filter(([, n]) => n).map(([word, n]) => `${whole(n)} ${word}`).join(' · ');
}

function tiles(run) {
  const found = [];
  const accuracy = accuracyOf(run);
  if (accuracy) found.push(tile('accuracy', percent(accuracy.value), accuracy.what));
  const loss = lossOf(run);
  if (loss) {
    const known = [...loss.values].filter(Number.isFinite);
    found.push(tile(short(loss.name, 20), number(lastKnown(loss.values), 3, true), `from ${number(known[0], 3, true)} at the first look`, Number.isFinite(loss.values[run.n - 1]) ? '' : 'bad'));
  }
  const rate = lastKnown(run.values('mean_rate_hz'));
  const active = lastKnown(run.values('active_fraction'));
  found.push(tile('mean rate, last look', Number.isFinite(rate) ? `${number(rate)} Hz` : '–', Number.isFinite(active) ? `${percent(active)} of the neurons fire` : 'no numbers are stored'));
  const similarity = run.values('statistics', 'similarity');
  if (similarity) {
    const best = Math.max(...[...similarity].filter(Number.isFinite));
    found.push(tile('similarity to recordings', lastKnown(similarity).toFixed(2), `1 is alike · best ${best.toFixed(2)}`));
  }
  const standing = run.alarms.filter((a) => a.cleared_step === null);
  const red = standing.filter((a) => a.level === 'red').length;
  found.push(tile('alarms', standing.length ? whole(standing.length) : run.watched ? 'none' : '–', run.watched ? (run.alarms.length ? byLevel(run.alarms, standing) : 'none fired') : 'not watched for', red ? 'bad' : standing.length ? 'warn' : run.watched ? 'good' : ''));
  return found;
}

/** From when to when; the day is said once, and the time zone if it is UTC. */
function period(from, to) {
  const text = (time) => time.slice(0, 16).replace('T', ' ');
  const end = typeof to === 'string' ? text(to) : '?';
  const zone = /(Z|[+-]00:00)$/.test(from) ? ' UTC' : '';
  return `${text(from)} to ${end.slice(0, 11) === text(from).slice(0, 11) ? end.slice(11) : end}${zone}`;
}

function sentence(run) {
  const { settings = {}, started, last_written: until } = run.info;
  const [, name] = run.texts['network_state.txt']?.match(/^Model: "(.*)"$/m) ?? [];
  const [, parameters] = run.texts['network_state.txt']?.match(/^ *Trainable params: ([\d,]+)/m) ?? [];
  const words = [counted(run.n_neurons, 'neuron'), run.named ? counted(run.populations.length, 'population') : null, `${counted(run.n, 'look')}, steps ${whole(run.steps[0])} to ${whole(run.steps[run.n - 1])}`];
  const layer = settings.model ?? settings.layer_name;
  if (typeof layer === 'string') words.unshift(`layer ${layer}`);
  if (name) words.unshift(`model ${name}${parameters ? ` of ${parameters} trainable parameters` : ''}`);
  if (typeof started === 'string') words.push(period(started, until));
  // What belongs together stays in one line, unless a name is longer than that.
  return words.filter(Boolean).flatMap((each, i) => [i ? ' · ' : '', el('span', { class: each.length < 44 ? 'nowrap' : null, text: each })]);
}

function alarmItem(app, run, alarm) {
  const gone = alarm.cleared_step !== null;
  const where = [alarm.population, `step ${whole(alarm.step)}`, gone ? `gone at step ${whole(alarm.cleared_step)}` : 'stands'].filter(Boolean).join(' · ');
  const go = () => {
    const key = run === app.runA ? 'a' : 'b';
    const named = run.populations.find((p) => p.name === alarm.population);
    const hidden = named ? new Set(run.populations.filter((p) => p !== named).map((p) => p.name)) : new Set();
    app.go(run.placeOf(alarm.step), key);
    app.set({ hidden });
    document.getElementById('raster').scrollIntoView({ block: 'start' });
  };
  return el('li', { class: `${alarm.level} ${gone ? 'gone' : ''}` },
    el('button', { type: 'button', onclick: go, title: 'show this step and population' },
      el('i', { 'aria-hidden': 'true', text: alarm.level === 'red' ? '▲' : '◆' }),
      el('span', {}, el('b', { text: `${alarm.name}` }), el('span', { class: 'where', text: ` ${where}` }), el('span', { class: 'text', text: alarm.text }))));
}

function alarmList(app, run) {
  if (!run.alarms.length) return null;
  const weight = (a) => (a.cleared_step === null ? 0 : 2) + (a.level === 'red' ? 0 : 1);
  const sorted = [...run.alarms].sort((p, q) => weight(p) - weight(q) || p.step - q.step);
  const standing = sorted.filter((a) => a.cleared_step === null).length;
  // Those that are gone are folded away, unless there are few.
  const n = sorted.length <= FEW_ALARMS ? sorted.length : Math.min(standing, MOST_ALARMS);
  const items = sorted.map((alarm) => alarmItem(app, run, alarm));
  const rest = items.slice(n);
  const words = n < standing ? `${whole(rest.length)} more` : `${counted(rest.length, 'alarm')} that came and went`;
  return el('div', {}, el('ul', { class: 'alarms' }, items.slice(0, n)),
    rest.length ? el('details', {}, el('summary', { text: words }), el('ul', { class: 'alarms' }, rest)) : null);
}

export function verdict(app) {
  return el('header', { class: 'verdict' },
    app.runs.map((run, i) =>
      el('div', { class: 'run' },
        app.runs.length > 1 ? el('span', { class: `badge ${'ab'[i]}`, text: 'AB'[i] }) : null,
        el('h1', { text: run.name, title: run.name }),
        el('p', { class: 'sentence', title: 'A look is one recording of the network, at one training step.' }, sentence(run)),
        run.info.stopped_by ? el('p', { class: 'stopped', text: `Training was stopped by an alarm: ${run.info.stopped_by}` }) : null,
        el('div', { class: 'tiles' }, tiles(run)),
        alarmList(app, run))));
}
