import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standing } from '../src/standing.js';
import { merged, union } from '../src/table.js';

const table = (steps, columns, classes = []) => ({
  series: Object.keys(columns).map((name) => ({ path: [name], array: name })),
  arrays: {
    steps: Float64Array.from(steps),
    detail: new Uint8Array(steps.length).fill(2),
    ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Float32Array.from(values)])),
    class_step: classes.map((c) => c[0]),
    class_label: classes.map((c) => c[1]),
    class_said: classes.map((c) => c[2]),
  },
});

const column = ({ series, arrays }, name) => Array.from(arrays[series.find((s) => s.path[0] === name).array]);

test('two ascending lists become one', () => {
  assert.deepEqual([...union([1, 3, 5], [2, 3, 9])], [1, 2, 3, 5, 9]);
  assert.deepEqual([...union([], [4])], [4]);
});

test('new steps are added, before and behind the known ones', () => {
  const all = merged(table([200, 300], { loss: [2, 3] }), table([100, 400], { loss: [1, 4] }));
  assert.deepEqual([...all.arrays.steps], [100, 200, 300, 400]);
  assert.deepEqual(column(all, 'loss'), [1, 2, 3, 4]);
  assert.deepEqual(all.places, [0, 3]);
});

test('a changed step has its new numbers, and those only', () => {
  const all = merged(table([100, 200], { loss: [1, 2], rate: [7, 8] }), table([200], { loss: [9], lv: [5] }));
  assert.deepEqual(column(all, 'loss'), [1, 9]);
  assert.deepEqual(column(all, 'rate'), [7, NaN]);
  assert.deepEqual(column(all, 'lv'), [NaN, 5]);
});

test('the classes of a changed step are replaced', () => {
  const known = table([100, 200], {}, [[100, 1, 1], [200, 2, 0], [200, 3, 3]]);
  const { arrays } = merged(known, table([200], {}, [[200, 5, 4]]));
  assert.deepEqual([...arrays.pair_label], [1, 5]);
  assert.deepEqual([...arrays.pair_class], [1, 4]);
});

test('it is said in words how it stands', () => {
  assert.equal(standing(null)[1], 'no contact');
  assert.equal(standing({ state: 'gone' })[1], 'run is gone');
  assert.equal(standing({ state: 'there', recording: true, age_s: 3 })[1], 'live');
  assert.equal(standing({ state: 'there', recording: true, age_s: 600 })[1], 'live, nothing for 10 min');
  assert.equal(standing({ state: 'there', recording: false, age_s: 7200 })[1], 'ended, 2 h ago');
  assert.equal(standing({ state: 'there', recording: null, age_s: 3 })[1], 'live');
});
