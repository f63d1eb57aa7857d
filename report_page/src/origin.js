// Where the numbers come from: settings, versions, counts, what was left out.
import { el } from './dom.js';
import { bytes, whole } from './format.js';

const text = (value) => {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.map(text).join(', ') || 'none';
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'number' && Number.isInteger(value) ? whole(value) : String(value);
};

function table(title, content) {
  const entries = Object.entries(content ?? {});
  if (!entries.length) return null;
  return el('div', {}, el('h3', { text: title }), el('dl', {}, entries.map(([name, value]) => [el('dt', { text: name }), el('dd', { text: text(value) })])));
}

function list(title, sentences) {
  if (!sentences.length) return null;
  return el('div', {}, el('h3', { text: title }), el('ul', {}, sentences.slice(0, 200).map((each) => el('li', { text: each }))));
}

export function origin(app) {
  const { report, runs } = app;
  const blocks = runs.map((run) => {
    const { settings, versions, counts, first_causes: causes, ...others } = run.info;
    const kept = { run: run.name, ...others };
    delete kept.intervals;
    const tables = [
      table('Run', kept), table('Settings', settings), table('Versions', versions), table('Counts', counts),
      table('First causes of failures', causes), table('Files', Object.fromEntries(Object.entries(run.files).map(([name, n]) => [name, bytes(n)]))), list('Not in this page', run.left_out),
    ];
    const whose = runs.length > 1 ? `, ${run.name}` : '';
    const texts = Object.entries(run.texts).map(([name, content]) => el('details', {}, el('summary', { text: `${name}${whose}` }), el('pre', { tabindex: '0', 'data-keys': 'yes', text: content })));
    return [el('div', { class: 'origin' }, runs.length > 1 ? el('h3', { class: 'of', text: run.name }) : null, tables), texts];
  });
  const say = `${report.live ? 'Opened' : 'Written'} ${report.written.slice(0, 16).replace('T', ' ')} by keras_v1_activity ${report.package}. Recorded rates, selectivity and Fano factors: Neuropixels recordings of mouse visual cortex, Siegle et al. 2021, Nature 592:86, prepared by the Allen Institute. Neurons for correlations and Fano factors are drawn with seed 0.${report.live ? ' This page gets everything from this machine, and nothing from elsewhere.' : ' This file loads nothing from anywhere.'}`;
  return el('section', { class: 'card', id: 'origin', 'aria-label': 'where it comes from' }, el('h2', { text: 'Where it comes from' }), blocks, el('p', { class: 'note', text: say }));
}
