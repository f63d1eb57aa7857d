import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, constants } from 'node:zlib';
import { inflate, inflateByHand } from '../src/inflate.js';
import { fromBase64, readContainer, readSpikes, readVarints, sums } from '../src/packing.js';
import { half } from '../src/store.js';

function noise(n, levels, seed = 1) {
  let state = seed;
  return Uint8Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % levels;
  });
}

const STREAMS = {
  'nothing': [new Uint8Array(0), {}],
  'one byte': [Uint8Array.of(7), {}],
  'fixed codes': [noise(300, 4), { strategy: constants.Z_FIXED }],
  'stored': [noise(70000, 256), { level: 0 }],
  'own codes': [noise(50000, 9), {}],
  'far copies': [new Uint8Array([...noise(30000, 200), ...noise(30000, 200)]), { level: 9 }],
};

for (const [name, [data, options]] of Object.entries(STREAMS)) {
  test(`inflates ${name} as zlib does, with and without the browser's way`, async () => {
    const stream = new Uint8Array(deflateSync(data, options));
    assert.deepEqual(inflateByHand(stream), data);
    assert.deepEqual(await inflate(stream), data);
  });
}

test('data that end too early are an error, not an endless loop', () => {
  const stream = new Uint8Array(deflateSync(noise(5000, 9)));
  assert.throws(() => inflateByHand(stream.subarray(0, 200)));
});

test('base64 is read without the newest browsers', () => {
  assert.deepEqual([...fromBase64('AAH+/w==')], [0, 1, 254, 255]);
});

test('varints of all lengths', () => {
  const bytes = Uint8Array.of(1, 127, 128, 1, 172, 2, 255, 255, 255, 255, 15);
  assert.deepEqual([...readVarints(bytes)], [1, 127, 128, 300, 4294967295]);
});

test('spikes come back row by row', () => {
  const { offsets, times } = readSpikes(Uint8Array.of(1, 0, 2), Uint8Array.of(3, 1, 4), 5);
  assert.deepEqual([...offsets], [0, 1, 1, 3]);
  assert.deepEqual([...times], [2, 0, 4]);
});

test('arrays of a container, also where its bytes begin at an odd place', () => {
  const head = Buffer.from(JSON.stringify({ step: 3, arrays: { x: ['f8', 0, 2], n: ['u2', 16, 3] } }));
  const first = Math.ceil((4 + head.length) / 8) * 8;
  const whole = Buffer.alloc(first + 24);
  whole.writeUInt32LE(head.length);
  head.copy(whole, 4);
  whole.writeDoubleLE(1.5, first);
  whole.writeDoubleLE(NaN, first + 8);
  [1, 2, 65535].forEach((v, i) => whole.writeUInt16LE(v, first + 16 + 2 * i));
  for (const shift of [0, 3]) {
    const bytes = new Uint8Array(whole.length + shift);
    bytes.set(whole, shift);
    const { content, arrays } = readContainer(bytes.subarray(shift));
    assert.equal(content.step, 3);
    assert.deepEqual([...arrays.x], [1.5, NaN]);
    assert.deepEqual([...arrays.n], [1, 2, 65535]);
  }
});

test('sums', () => assert.deepEqual([...sums([3, 0, 2])], [3, 3, 5]));

test('numbers of 16 bits', () => {
  const known = { 0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x0001: 2 ** -24, 0x7c00: Infinity, 0x0000: 0 };
  for (const [bits, value] of Object.entries(known)) assert.equal(half(Number(bits)), value);
  assert.ok(Number.isNaN(half(0x7e00)));
});
