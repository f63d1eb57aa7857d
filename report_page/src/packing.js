// Reads the blocks of the page: containers of typed arrays, deflated, in base64.
import { inflate } from './inflate.js';

const TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

/** @param {string} text base64 @returns {Uint8Array} */
export function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** What Python's `pack` made. @param {Uint8Array} bytes */
export function readContainer(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const content = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const first = Math.ceil((4 + length) / 8) * 8;
  const arrays = {};
  for (const [name, [kind, at, count]] of Object.entries(content.arrays)) {
    const from = bytes.byteOffset + first + at;
    const size = TYPES[kind].BYTES_PER_ELEMENT * count;
    // Typed arrays must begin at a multiple of their size.
    const buffer = from % 8 ? bytes.slice(first + at, first + at + size).buffer : bytes.buffer;
    arrays[name] = new TYPES[kind](buffer, from % 8 ? 0 : from, count);
  }
  delete content.arrays;
  return { content, arrays };
}

/** @param {string} id of a block @returns {Promise<{content: object, arrays: object}|null>} */
export async function readBlock(id) {
  const element = document.getElementById(id);
  if (!element) return null;
  return readContainer(await inflate(fromBase64(element.textContent)));
}

/** Whole numbers of seven bits a byte, the least ones first. @param {Uint8Array} bytes */
export function readVarints(bytes) {
  let n = 0;
  for (let i = 0; i < bytes.length; i += 1) n += bytes[i] < 128 ? 1 : 0;
  const numbers = new Uint32Array(n);
  let at = 0;
  let value = 0;
  let shift = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte < 128 && shift === 0) numbers[at++] = byte;
    else {
      value |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) {
        numbers[at++] = value >>> 0;
        value = 0;
        shift = 0;
      }
    }
  }
  return numbers;
}

/** Running sums. @param {ArrayLike<number>} steps @returns {Int32Array} */
export function sums(steps) {
  const out = new Int32Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i += 1) out[i] = sum += steps[i];
  return out;
}

/**
 * Spikes row by row.
 * @returns {{offsets: Uint32Array, times: Uint16Array|Uint32Array}} row i has the ascending times
 *   `times[offsets[i]] ... times[offsets[i + 1] - 1]`, in time steps.
 */
export function readSpikes(countBytes, gapBytes, nSteps) {
  const counts = readVarints(countBytes);
  const gaps = readVarints(gapBytes);
  const offsets = new Uint32Array(counts.length + 1);
  const times = nSteps <= 65536 ? new Uint16Array(gaps.length) : new Uint32Array(gaps.length);
  let at = 0;
  for (let row = 0; row < counts.length; row += 1) {
    let time = -1;
    for (const end = at + counts[row]; at < end; at += 1) times[at] = time += gaps[at];
    offsets[row + 1] = at;
  }
  return { offsets, times };
}
