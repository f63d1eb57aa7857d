import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thinned } from '../src/thin.js';

test('few values are drawn as they are', () => {
  assert.deepEqual(thinned([3, NaN, 1], 500), [[0, 3], [1, NaN], [2, 1]]);
});

test('no peak and no gap of many values is lost', () => {
  const values = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i / 90));
  values[1234] = 50;
  values[2345] = -50;
  values[777] = NaN;
  const found = thinned(values, 500);
  assert.ok(found.length <= 510);
  for (const place of [1234, 2345]) assert.ok(found.some(([i, v]) => i === place && v === values[place]));
  assert.ok(found.some(([i, v]) => i === 777 && Number.isNaN(v)));
  found.forEach(([i], k) => assert.ok(k === 0 || i > found[k - 1][0]));
});

test('means of many values', () => {
  const found = thinned(Float32Array.from({ length: 1000 }, (_, i) => i), 100, true);
  assert.equal(found.length, 100);
  assert.deepEqual(found[0], [4, 4.5]);
});
