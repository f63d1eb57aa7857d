// Paints rasters into arrays of pixels. No canvas here, so that it can be tested without a browser.

const MOST = 255;

/** Pixels: how many spikes fell into each (lower byte, up to 255), and the rank of its colour. */
export class Field {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint16Array(width * height);
  }

  clear() {
    this.pixels.fill(0);
  }

  count(x, y) {
    return this.pixels[y * this.width + x] & 255;
  }

  rank(x, y) {
    return this.pixels[y * this.width + x] >> 8;
  }
}

/**
 * Adds spikes to a field.
 * @param {Field} field
 * @param {{offsets: Uint32Array, times: ArrayLike<number>}} spikes row by row
 * @param {{from: number, to: number, first: number, end: number}} view first and end of time
 *   (time steps) and of the rows on the screen, fractions allowed
 * @param {Int32Array} lines for each row on the screen, the row of `spikes`; -1: none
 * @param {(line: number) => number} rankOf number of the colour of a row on the screen; where spikes
 *   meet, the greatest is seen; above 255 all are one
 * @param {{part?: number[], least?: number}} look part of the height of a row that is used, from 0
 *   to 1, and least size of a spike, pixels
 */
export function paintSpikes(field, spikes, view, lines, rankOf, { part = [0, 1], least = 1 } = {}) {
  const { width, height, pixels } = field;
  const { offsets, times } = spikes;
  const sx = width / (view.to - view.from);
  const sy = height / (view.end - view.first);
  const wide = Math.max(sx >= 3 ? Math.min(Math.round(sx) - 1, 6, Math.ceil(sy) + 2) : Math.round(Math.min(sx, 2)), least, 1);
  const gap = sy >= 5 ? 1 : 0;
  // A time step is a cell; where it is wide, the mark stands in its middle.
  const shift = Math.max((sx - wide) / 2, 0) - view.from * sx;
  const from = Math.floor(view.from);
  const last = Math.min(Math.ceil(view.end), lines.length);
  for (let line = Math.max(Math.floor(view.first), 0); line < last; line += 1) {
    const row = lines[line];
    if (row < 0) continue;
    const start = Math.floor((line + part[0] - view.first) * sy);
    const end = Math.max(Math.floor((line + part[1] - view.first) * sy) - gap, start + 1);
    const more = Math.max(Math.ceil((least - (end - start)) / 2), 0);
    const top = Math.max(start - more, 0);
    const bottom = Math.min(Math.max(end, start - more + least), height);
    const rank = Math.min(rankOf(line), MOST);
    const behind = offsets[row + 1];
    let i = offsets[row];
    if (from > 0) i = lowerBound(times, from, i, behind);
    for (; i < behind; i += 1) {
      const time = times[i];
      if (time >= view.to) break;
      const x = Math.floor(time * sx + shift);
      const left = x > 0 ? x : 0;
      const right = x + wide < width ? x + wide : width;
      for (let y = top; y < bottom; y += 1) {
        for (let at = y * width + left; at < y * width + right; at += 1) {
          let pixel = pixels[at];
          if (pixel >> 8 < rank) pixel = (rank << 8) | (pixel & 255);
          pixels[at] = (pixel & 255) < MOST ? pixel + 1 : pixel;
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

/**
 * Opacity (0 to 255) by number of spikes: one is seen well, the fullest pixels are opaque.
 * @param {Uint16Array} pixels of a field; of many, every few are looked at
 */
export function opacities(pixels) {
  const seen = new Uint32Array(MOST + 1);
  const stride = pixels.length > 50000 ? 7 : 1;
  for (let i = 0; i < pixels.length; i += stride) seen[pixels[i] & 255] += 1;
  const lit = seen.reduce((sum, n) => sum + n, 0) - seen[0];
  let full = 1;
  for (let sum = 0; full < MOST; full += 1) {
    sum += seen[full];
    if (sum >= lit * 0.99) break;
  }
  const table = new Uint8Array(MOST + 1);
  for (let n = 1; n <= MOST; n += 1) {
    const share = full <= 2 ? 1 : Math.min((n - 1) / (full - 1), 1);
    table[n] = Math.round(255 * (0.5 + 0.5 * Math.sqrt(share)));
  }
  return table;
}

/**
 * Colours a field.
 * @param {Field} field
 * @param {Uint32Array} out RGBA, little-endian
 * @param {Uint32Array} colours of each rank, without opacity
 */
export function colourField(field, out, colours) {
  const { pixels } = field;
  const table = opacities(pixels);
  const known = Math.min(colours.length, MOST + 1);
  const lookUp = new Uint32Array(known * (MOST + 1));
  for (let rank = 0; rank < known; rank += 1) {
    for (let n = 1; n <= MOST; n += 1) lookUp[(rank << 8) | n] = colours[rank] | (table[n] << 24);
  }
  for (let i = 0; i < out.length; i += 1) out[i] = lookUp[pixels[i]];
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
