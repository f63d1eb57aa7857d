// Paints rasters into arrays of pixels. No canvas here, so that it can be tested without a browser.

/** Pixels: how many spikes fell into each, and a number of its colour. */
export class Field {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.counts = new Uint16Array(width * height);
    this.kinds = new Uint16Array(width * height);
  }

  clear() {
    this.counts.fill(0);
    this.kinds.fill(0);
  }
}

/**
 * Adds spikes to a field.
 * @param {Field} field
 * @param {{offsets: Uint32Array, times: ArrayLike<number>}} spikes row by row
 * @param {{from: number, to: number, first: number, end: number}} view first and end of time
 *   (time steps) and of the rows on the screen, fractions allowed
 * @param {Int32Array} lines for each row on the screen, the row of `spikes`; -1: none
 * @param {(line: number) => number} kindOf number of the colour of a row on the screen
 * @param {Uint16Array} ranks of each colour: where spikes meet, the greatest is seen
 * @param {{part?: number[], least?: number}} look part of the height of a row that is used, from 0
 *   to 1, and least size of a spike, pixels
 */
export function paintSpikes(field, spikes, view, lines, kindOf, ranks, { part = [0, 1], least = 1 } = {}) {
  const { width, height, counts, kinds } = field;
  const { offsets, times } = spikes;
  const sx = width / (view.to - view.from);
  const sy = height / (view.end - view.first);
  const wide = Math.max(sx >= 3 ? Math.min(Math.round(sx) - 1, 6, Math.ceil(sy) + 2) : Math.round(Math.min(sx, 2)), least, 1);
  const gap = sy >= 5 ? 1 : 0;
  const last = Math.min(Math.ceil(view.end), lines.length);
  for (let line = Math.max(Math.floor(view.first), 0); line < last; line += 1) {
    const row = lines[line];
    if (row < 0) continue;
    const start = Math.floor((line + part[0] - view.first) * sy);
    const end = Math.max(Math.floor((line + part[1] - view.first) * sy) - gap, start + 1);
    const more = Math.max(Math.ceil((least - (end - start)) / 2), 0);
    const top = Math.max(start - more, 0);
    const bottom = Math.min(Math.max(end, start - more + least), height);
    const kind = kindOf(line);
    const rank = ranks[kind];
    const behind = offsets[row + 1];
    for (let i = lowerBound(times, Math.floor(view.from), offsets[row], behind); i < behind; i += 1) {
      if (times[i] >= view.to) break;
      // A time step is a cell; where it is wide, the mark stands in its middle.
      const left = Math.floor((times[i] - view.from) * sx + Math.max((sx - wide) / 2, 0));
      const right = Math.min(left + wide, width);
      for (let y = top; y < bottom; y += 1) {
        for (let x = Math.max(left, 0); x < right; x += 1) {
          const at = y * width + x;
          if (!counts[at] || ranks[kinds[at]] <= rank) kinds[at] = kind;
          if (counts[at] < 65535) counts[at] += 1;
        }
      }
    }
  }
}

/** First place from `from` to `to` whose value is not below `value`. */
export function lowerBound(values, value, from, to) {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Opacity (0 to 255) by number of spikes: one is seen well, the fullest pixels are opaque. */
export function opacities(counts, most = 64) {
  const seen = new Uint32Array(most + 1);
  let lit = 0;
  for (let i = 0; i < counts.length; i += 1) {
    if (counts[i]) {
      seen[Math.min(counts[i], most)] += 1;
      lit += 1;
    }
  }
  let full = 1;
  for (let sum = 0; full < most; full += 1) {
    sum += seen[full];
    if (sum >= lit * 0.99) break;
  }
  const table = new Uint8Array(most + 1);
  for (let n = 1; n <= most; n += 1) {
    const share = full <= 2 ? 1 : Math.min((n - 1) / (full - 1), 1);
    table[n] = Math.round(255 * (0.5 + 0.5 * Math.sqrt(share)));
  }
  return table;
}

/**
 * Colours a field.
 * @param {Uint32Array} pixels RGBA, little-endian
 * @param {Uint32Array} colours of each kind, without opacity
 */
export function colourField(field, pixels, colours) {
  const { counts, kinds } = field;
  const table = opacities(counts);
  const most = table.length - 1;
  for (let i = 0; i < pixels.length; i += 1) {
    const n = counts[i];
    pixels[i] = n ? colours[kinds[i]] | (table[n > most ? most : n] << 24) : 0;
  }
}

/**
 * Paints counts in bins.
 * @param {Uint32Array} pixels RGBA
 * @param {{values: ArrayLike<number>, columns: number, bins: Int32Array, edges: ArrayLike<number>,
 *   nSteps: number, weight: Float32Array}} grid `bins` is the bin of each row on the screen
 * @param {(bin: number, value: number) => number} colourOf RGBA of a bin's value
 */
export function paintGrid(pixels, width, height, grid, view, colourOf) {
  const { values, columns, bins, nSteps } = grid;
  const columnOf = new Int32Array(width);
  for (let x = 0; x < width; x += 1) {
    const time = view.from + ((x + 0.5) * (view.to - view.from)) / width;
    columnOf[x] = Math.min(Math.max(Math.floor((time * columns) / nSteps), 0), columns - 1);
  }
  let before = -1;
  for (let y = 0; y < height; y += 1) {
    const line = Math.floor(view.first + ((y + 0.5) * (view.end - view.first)) / height);
    const bin = line >= 0 && line < bins.length ? bins[line] : -1;
    const at = y * width;
    if (bin >= 0 && bin === before) pixels.copyWithin(at, at - width, at);
    else if (bin < 0) pixels.fill(0, at, at + width);
    else {
      for (let x = 0; x < width; x += 1) pixels[at + x] = colourOf(bin, values[bin * columns + columnOf[x]]);
    }
    before = bin;
  }
}
