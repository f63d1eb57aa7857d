import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extent } from '../src/colours.js';

test('colours reach to the greatest value', () => {
  assert.deepEqual(extent([0.5, -2, 1]), { most: 2, isAll: true });
  assert.deepEqual(extent([]), { most: 1e-12, isAll: true });
});

test('one value far beyond all others does not make these alike', () => {
  const values = Array.from({ length: 99 }, (_, i) => (i % 2 ? -1 : 1) * (i + 1) / 100);
  const { most, isAll } = extent([...values, -50]);
  assert.ok(most > 0.9 && most < 1 && !isAll);
  assert.deepEqual(extent([...values.map(() => 0), 3]), { most: 3, isAll: true });
});
