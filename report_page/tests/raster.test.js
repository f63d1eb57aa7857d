import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerBands, makeLines, spreadLabels } from '../src/lines.js';
import { Field, colourField, lowerBound, opacities, paintGrid, paintSpikes } from '../src/paint.js';

const spikes = { offsets: Uint32Array.of(0, 2, 2, 3), times: Uint16Array.of(0, 9, 4) };
const whole = { from: 0, to: 10, first: 0, end: 3 };
const lines = Int32Array.of(0, 1, 2);
const lit = (field) => [...field.pixels].flatMap((n, i) => (n ? [[i % field.width, Math.floor(i / field.width)]] : []));

test('each spike lights its pixel, and no other', () => {
  const field = new Field(10, 3);
  paintSpikes(field, spikes, whole, lines, () => 0);
  assert.deepEqual(lit(field), [[0, 0], [9, 0], [4, 2]]);
});

test('no spike is lost where many neurons and times share a pixel', () => {
  const field = new Field(2, 1);
  paintSpikes(field, spikes, whole, lines, () => 0);
  assert.deepEqual([field.count(0, 0), field.count(1, 0)], [2, 1]);
});

test('only what is in view is drawn, and lines may come in any order', () => {
  const field = new Field(5, 2);
  const view = { from: 0, to: 5, first: 0, end: 2 };
  paintSpikes(field, spikes, view, Int32Array.of(2, 0, 1), () => 0);
  assert.deepEqual(lit(field), [[4, 0], [0, 1]]);
});

test('the rarest population is seen where spikes meet', () => {
  const field = new Field(1, 1);
  paintSpikes(field, spikes, whole, lines, (line) => 2 - line);
  assert.deepEqual([field.rank(0, 0), field.count(0, 0)], [2, 3]);
});

test('one spike is seen well, the fullest pixel is opaque', () => {
  const few = opacities(Uint16Array.of(0, 1, 1, 2));
  assert.equal(few[1], 255);
  const many = opacities(Uint16Array.from({ length: 100 }, (_, i) => i));
  assert.ok(many[1] >= 120 && many[1] < many[20] && many[99] === 255);
});

test('pixels hold no more than 255 spikes and 256 colours', () => {
  const field = new Field(1, 1);
  const many = { offsets: Uint32Array.of(0, 300), times: new Uint16Array(300) };
  paintSpikes(field, many, { from: 0, to: 1, first: 0, end: 1 }, Int32Array.of(0), () => 999);
  assert.deepEqual([field.count(0, 0), field.rank(0, 0)], [255, 255]);
});

test('colours keep their opacity apart', () => {
  const field = new Field(2, 1);
  field.pixels.set([0, 1]);
  const pixels = new Uint32Array(2);
  colourField(field, pixels, Uint32Array.of(0x112233));
  assert.deepEqual([...pixels], [0, 0xff112233]);
});

test('a grid is shown in the order of the lines', () => {
  const pixels = new Uint32Array(4);
  const grid = { values: [1, 2, 3, 4], columns: 2, bins: Int32Array.of(1, 0), nSteps: 10 };
  paintGrid(pixels, 2, 2, grid, { from: 0, to: 10, first: 0, end: 2 }, (bin, v) => v);
  assert.deepEqual([...pixels], [3, 4, 1, 2]);
});

test('lowerBound', () => assert.deepEqual([0, 3, 4, 9].map((v) => lowerBound([0, 3, 3, 8], v, 0, 4)), [0, 1, 3, 4]));

const run = {
  n_neurons: 5,
  populations: [{ name: 'e4', layer: '4', number: 0 }, { name: 'i4', layer: '4', number: 1 }, { name: 'odd', layer: '', number: 2 }],
  populationOfRow: Uint16Array.of(0, 0, 1, 1, 2),
  depth: Uint8Array.of(9, 1, 5, 2, 3),
};

test('lines by type, with populations left out', () => {
  const { rows, bands } = makeLines(run, { sort: 'type', hidden: new Set([1]), rows: null });
  assert.deepEqual([...rows], [0, 1, 4]);
  assert.deepEqual(bands.map((b) => [b.label, b.start, b.end]), [['e4', 0, 2], ['odd', 2, 3]]);
});

test('rates are sorted within populations, depth over all', () => {
  const rates = [1, 2, 3, 4, 5];
  const byRate = makeLines(run, { sort: 'rate', hidden: new Set(), rows: null, rateOf: (row) => rates[row] });
  assert.deepEqual([...byRate.rows], [1, 0, 3, 2, 4]);
  const byDepth = makeLines(run, { sort: 'depth', hidden: new Set(), rows: Int32Array.of(0, 1, 2) });
  assert.deepEqual([...byDepth.rows], [1, 2, 0]);
});

test('layers join their populations', () => {
  const { bands } = makeLines(run, { sort: 'type', hidden: new Set(), rows: null });
  assert.deepEqual(layerBands(bands).map((b) => [b.label, b.start, b.end]), [['L4', 0, 4], ['odd', 4, 5]]);
});

test('labels do not overlap and stay inside', () => {
  const labels = Array.from({ length: 40 }, (_, i) => ({ at: 50 + i * 0.1, size: i }));
  const kept = spreadLabels(labels, 14, 100);
  assert.equal(kept.length, 7);
  kept.slice(1).forEach((label, i) => assert.ok(label.y - kept[i].y >= 13.99));
  assert.ok(kept[0].y >= 0 && kept[6].y <= 100);
});
