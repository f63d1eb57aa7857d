import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellFactor, coarser } from '../src/plane.js';

const plane = (at) => Float64Array.from({ length: 2 * 1024 }, (_, i) => at(Math.floor(i / 1024), Math.floor(i / 32) % 32, i % 32));

test('joined cells hold what their parts held', () => {
  const counts = plane((layer, z, x) => layer * 100 + (z < 4 && x >= 28 ? 1 : 0));
  const joined = coarser(counts, 4);
  assert.equal(joined.length, 2 * 64);
  assert.equal(joined[7], 16);
  assert.equal(joined[0], 0);
  assert.equal(joined[64 + 8 * 7], 1600);
  assert.equal(joined.reduce((sum, n) => sum + n, 0), counts.reduce((sum, n) => sum + n, 0));
  assert.equal(coarser(counts, 1), counts);
});

test('cells are joined until they hold some neurons', () => {
  assert.equal(cellFactor(plane(() => 20)), 1);
  assert.equal(cellFactor(plane(() => 1)), 2);
  assert.equal(cellFactor(plane((layer, z, x) => (z % 4 === 0 && x % 2 === 0 ? 1 : 0))), 8);
  assert.equal(cellFactor(plane(() => 0)), 1);
});
