import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, counted, logTicks, number, percent, tickTexts, ticks } from '../src/format.js';

test('numbers', () => {
  const known = [[0, '0'], [NaN, '–'], [null, '–'], [Infinity, '∞'], [6.4321, '6.43'], [-62.31, '−62.3'], [12345.6, '12,346'], [0.00001234, '1.23e−5'], [1e-4, '1e−4'], [2.5e7, '2.5e7']];
  for (const [value, text] of known) assert.equal(number(value), text);
  assert.equal(percent(0.954), '95.4 %');
  assert.equal(counted(1, 'spike'), '1 spike');
  assert.deepEqual([640, 8179, 12689152].map(bytes), ['640 bytes', '8.18 kB', '12.7 MB']);
});

test('ticks are round, inside, and about as many as asked for', () => {
  for (const [low, high] of [[0, 1], [0.07, 0.93], [-83.2, -39.9], [0, 12345], [1e-9, 3e-9]]) {
    const found = ticks(low, high, 4);
    assert.ok(found.length >= 2 && found.length <= 8, `${low} ${high}: ${found}`);
    assert.ok(found[0] >= low - 1e-12 && found[found.length - 1] <= high * 1.0001 + 1e-12);
  }
  assert.deepEqual(ticks(5, 5), [5]);
});

test('no two ticks have one text', () => {
  assert.deepEqual(tickTexts([1.095, 1.1, 1.105]), ['1.095', '1.1', '1.105']);
  assert.deepEqual(tickTexts([0, 0.5, 1]), ['0', '0.5', '1']);
  assert.deepEqual(tickTexts([99998, 100000]), ['99,998', '100,000']);
  assert.deepEqual(tickTexts([5]), ['5']);
  assert.deepEqual(tickTexts([]), []);
});

test('ticks of a logarithmic axis', () => {
  assert.deepEqual(logTicks(1, 1000), [1, 10, 100, 1000]);
  assert.deepEqual(logTicks(0.9, 12), [1, 2, 5, 10]);
  assert.ok(logTicks(1e-12, 1e12, 5).length <= 6);
});
