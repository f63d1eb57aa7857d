// Inflation of zlib streams (RFC 1950, 1951): by the browser, or by hand where it cannot.

/** @param {Uint8Array} data zlib stream @returns {Promise<Uint8Array>} */
export async function inflate(data) {
  if (typeof DecompressionStream === 'undefined') return inflateByHand(data);
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const LENGTH_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Symbols sorted by code, and how many codes there are of each length. */
function huffman(lengths) {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] += 1;
  counts[0] = 0;
  const offsets = new Uint16Array(16);
  for (let i = 1; i < 16; i += 1) offsets[i] = offsets[i - 1] + counts[i - 1];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) symbols[offsets[length]++] = symbol;
  });
  return { counts, symbols };
}

class Bits {
  constructor(data) {
    this.data = data;
    this.at = 2; // behind the two bytes of a zlib head
    this.held = 0;
    this.left = 0;
  }

  take(n) {
    while (this.left < n) {
      if (this.at >= this.data.length) throw new Error('the data end too early');
      this.held |= this.data[this.at++] << this.left;
      this.left += 8;
    }
    const value = this.held & ((1 << n) - 1);
    this.held >>>= n;
    this.left -= n;
    return value;
  }

  symbol({ counts, symbols }) {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length += 1) {
      code |= this.take(1);
      const count = counts[length];
      if (code - count < first) return symbols[index + (code - first)];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Error('there is no such code');
  }
}

class Output {
  constructor(size) {
    this.bytes = new Uint8Array(size);
    this.length = 0;
  }

  room(n) {
    if (this.length + n <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + n));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  copy(length, distance) {
    if (distance > this.length) throw new Error('a copy begins before the data');
    this.room(length);
    for (let i = 0; i < length; i += 1) {
      this.bytes[this.length] = this.bytes[this.length - distance];
      this.length += 1;
    }
  }
}

function tables(bits) {
  const nLiterals = bits.take(5) + 257;
  const nDistances = bits.take(5) + 1;
  const nCodes = bits.take(4) + 4;
  const lengths = new Array(19).fill(0);
  for (let i = 0; i < nCodes; i += 1) lengths[CODE_ORDER[i]] = bits.take(3);
  const code = huffman(lengths);
  const all = [];
  while (all.length < nLiterals + nDistances) {
    const symbol = bits.symbol(code);
    if (symbol < 16) all.push(symbol);
    else {
      const value = symbol === 16 ? all[all.length - 1] : 0;
      const [base, extra] = { 16: [3, 2], 17: [3, 3], 18: [11, 7] }[symbol];
      const times = base + bits.take(extra);
      for (let i = 0; i < times; i += 1) all.push(value);
    }
  }
  return [huffman(all.slice(0, nLiterals)), huffman(all.slice(nLiterals))];
}

function fixedTables() {
  const lengths = [];
  for (let i = 0; i < 288; i += 1) lengths.push(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
  return [huffman(lengths), huffman(new Array(30).fill(5))];
}

function stored(bits, out) {
  bits.held = 0;
  bits.left = 0;
  const length = bits.data[bits.at] | (bits.data[bits.at + 1] << 8);
  bits.at += 4;
  out.room(length);
  out.bytes.set(bits.data.subarray(bits.at, bits.at + length), out.length);
  out.length += length;
  bits.at += length;
}

function coded(bits, out, [literals, distances]) {
  for (;;) {
    const symbol = bits.symbol(literals);
    if (symbol === 256) return;
    if (symbol < 256) {
      out.room(1);
      out.bytes[out.length++] = symbol;
      continue;
    }
    const l = symbol - 257;
    const length = LENGTH_BASE[l] + bits.take(LENGTH_BITS[l]);
    const d = bits.symbol(distances);
    out.copy(length, DISTANCE_BASE[d] + bits.take(d < 2 ? 0 : (d >> 1) - 1));
  }
}

/** For browsers without DecompressionStream. @param {Uint8Array} data zlib stream */
export function inflateByHand(data) {
  const bits = new Bits(data);
  const out = new Output(data.length * 4);
  let last = 0;
  while (!last) {
    last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0) stored(bits, out);
    else if (kind === 1) coded(bits, out, fixedTables());
    else if (kind === 2) coded(bits, out, tables(bits));
    else throw new Error('there is no such kind of block');
  }
  return out.bytes.subarray(0, out.length);
}
