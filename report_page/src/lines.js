// Lines: which neuron stands in which line of the raster on the screen.

/**
 * @param {import('./store.js').Run} run
 * @param {{sort: string, hidden: Set<number>, rows: Int32Array|null, rateOf: (row: number) => number}} wish
 *   `rows`: only these rows; null: all
 * @returns {{rows: Int32Array, bands: {label: string, population: object, start: number, end: number}[]}}
 */
export function makeLines(run, { sort, hidden, rows, rateOf }) {
  const all = rows ?? Int32Array.from({ length: run.n_neurons }, (_, i) => i);
  const shown = hidden.size ? all.filter((row) => !hidden.has(run.populationOfRow[row])) : all;
  if (sort === 'type') return { rows: shown, bands: bandsOf(run, shown) };
  const key = { rate: (row) => -rateOf(row), depth: (row) => run.depth[row], angle: (row) => run.angle[row] }[sort];
  const keys = new Float64Array(run.n_neurons);
  for (const row of shown) keys[row] = key(row);
  // Depth is one order for all; rates and directions are sorted within each population.
  const group = sort === 'depth' ? () => 0 : (row) => run.populationOfRow[row];
  const sorted = Int32Array.from(shown).sort((a, b) => group(a) - group(b) || keys[a] - keys[b] || a - b);
  return { rows: sorted, bands: sort === 'depth' ? [] : bandsOf(run, sorted) };
}

function bandsOf(run, rows) {
  const bands = [];
  let start = 0;
  while (start < rows.length) {
    const number = run.populationOfRow[rows[start]];
    let end = start;
    while (end < rows.length && run.populationOfRow[rows[end]] === number) end += 1;
    bands.push({ label: run.populations[number].name, population: run.populations[number], start, end });
    start = end;
  }
  return bands;
}

/** Bands of one layer joined; a population without a layer stays by itself. */
export function layerBands(bands) {
  const joined = [];
  for (const band of bands) {
    const { layer } = band.population;
    const last = joined[joined.length - 1];
    if (layer && last && last.layer === layer) {
      last.end = band.end;
      last.members.push(band);
    } else {
      joined.push({ label: layer ? `L${layer}` : band.label, layer, start: band.start, end: band.end, members: [band] });
    }
  }
  return joined;
}

/** Moves labels apart so that each has `gap`, within 0 to `height`; those that find no room go. */
export function spreadLabels(labels, gap, height) {
  const most = Math.max(Math.floor(height / gap), 0);
  const kept = [...labels]
    .sort((a, b) => b.size - a.size)
    .slice(0, most)
    .sort((a, b) => a.at - b.at);
  let floor = gap / 2;
  for (const label of kept) {
    label.y = Math.max(label.at, floor);
    floor = label.y + gap;
  }
  let ceiling = height - gap / 2;
  for (const label of kept.reverse()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - gap;
  }
  return kept.reverse();
}
