// The runs in the page: their numbers over the steps, and their looks one by one.
import { readBlock, readSpikes, readVarints, sums } from './packing.js';

const MOST_CACHED_BYTES = 128e6;
const SEPARATOR = '\u0000';

export class Run {
  constructor({ content, arrays }) {
    Object.assign(this, content);
    this.setNumbers(content.series, arrays);
    let row = 0;
    this.populations = this.populations.map((p, number) => {
      const population = { ...p, number, start: row, end: row + p.count };
      row += p.count;
      return population;
    });
    this.populationOfRow = new Uint16Array(this.n_neurons);
    for (const p of this.populations) this.populationOfRow.fill(p.number, p.start, p.end);
    this.looks = new Map();
    this.bytes = 0;
  }

  setNumbers(series, arrays) {
    this.series = series;
    this.arrays = arrays;
    this.steps = arrays.steps;
    this.detail = arrays.detail;
    this.n = this.steps.length;
    this.columns = new Map(series.map((s) => [s.path.join(SEPARATOR), arrays[s.array]]));
  }

  /** The numbers under a path, one a look; null if no look has one. */
  values(...path) {
    return this.columns.get(path.join(SEPARATOR)) ?? null;
  }

  value(place, ...path) {
    const values = this.values(...path);
    return values ? values[place] : NaN;
  }

  /** Names that stand at the end of a path. */
  names(...path) {
    const deep = path.length;
    const found = this.series
      .map((s) => s.path)
      .filter((p) => p.length > deep && path.every((name, i) => p[i] === name));
    return [...new Set(found.map((p) => p[deep]))];
  }

  /** Place of the logged step that is nearest to one. */
  placeOf(step) {
    let low = 0;
    let high = this.n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low > 0 && step - this.steps[low - 1] < this.steps[low] - step ? low - 1 : low;
  }

  /** What the page has under a name: "neurons", or the place of a look. */
  block(name) {
    return readBlock(`${this.prefix}-${name}`);
  }

  async readNeurons() {
    const block = await this.block('neurons');
    const arrays = block ? block.arrays : {};
    this.depth = arrays.depth ?? null;
    this.x = arrays.x ?? null;
    this.z = arrays.z ?? null;
    this.angle = arrays.angle ?? null;
    if (arrays.ids) {
      const zigzag = readVarints(arrays.ids);
      const steps = Int32Array.from(zigzag, (v) => (v & 1 ? -((v + 1) / 2) : v / 2));
      this.ids = sums(steps);
    } else this.ids = Int32Array.from({ length: this.n_neurons }, (_, i) => i);
    this.rowOfId = new Map();
    return this;
  }

  /** Row of a neuron's id; -1 if there is none. */
  rowOf(id) {
    if (!this.rowOfId.size) this.ids.forEach((each, row) => this.rowOfId.set(each, row));
    return this.rowOfId.get(id) ?? -1;
  }

  /** @returns {Promise<Look|null>} the look at a place; null if the page has no picture of it. */
  async look(place) {
    if (this.looks.has(place)) {
      const look = this.looks.get(place);
      this.looks.delete(place);
      this.looks.set(place, look);
      return look;
    }
    const block = this.detail[place] ? await this.block(place) : null;
    const look = block ? new Look(this, place, block) : null;
    this.looks.set(place, look);
    this.bytes += look ? look.size : 0;
    while (this.bytes > MOST_CACHED_BYTES && this.looks.size > 2) {
      const [oldest, gone] = this.looks.entries().next().value;
      this.looks.delete(oldest);
      this.bytes -= gone ? gone.size : 0;
    }
    return look;
  }
}

export class Look {
  constructor(run, place, { content, arrays }) {
    Object.assign(this, content);
    this.run = run;
    this.place = place;
    this.allSpikes = content.all_spikes;
    this.nSteps = content.n_steps;
    this.durationMs = content.n_steps * content.dt;
    this.arrays = arrays;
    const { offsets, times } = readSpikes(arrays.counts, arrays.gaps, content.n_steps);
    this.offsets = offsets;
    this.times = times;
    // Rows whose spikes are here; null: all.
    this.chosen = arrays.chosen ? sums(readVarints(arrays.chosen)) : null;
    this.density = arrays.density ?? null;
    this.edges = arrays.edges ?? null;
    this.size = times.byteLength + offsets.byteLength + 4096;
    for (const name of ['density', 'plane', 'input', 'potentials']) this.size += arrays[name]?.byteLength ?? 0;
    this.cache = new Map();
  }

  once(key, make) {
    if (!this.cache.has(key)) this.cache.set(key, make());
    return this.cache.get(key);
  }

  /** Place among the rows whose spikes are here; -1 if they are not. */
  spikesOf(row) {
    if (!this.chosen) return row;
    return this.once('places', () => new Map([...this.chosen].map((r, i) => [r, i]))).get(row) ?? -1;
  }

  rateOf(row) {
    const i = this.spikesOf(row);
    if (i < 0 || !this.durationMs) return NaN;
    return ((this.offsets[i + 1] - this.offsets[i]) * 1000) / this.durationMs;
  }

  /** Counts in bins of rows and of time. */
  binned(edges, columns) {
    if (this.density && edges === this.edges && columns === this.columns) return this.density;
    return this.once(`binned ${edges.length} ${columns}`, () => {
      const counts = new Uint32Array((edges.length - 1) * columns);
      for (let bin = 0; bin + 1 < edges.length; bin += 1) {
        const end = this.offsets[edges[bin + 1]];
        for (let i = this.offsets[edges[bin]]; i < end; i += 1) {
          counts[bin * columns + Math.floor((this.times[i] * columns) / this.nSteps)] += 1;
        }
      }
      return counts;
    });
  }

  /** (populations x columns) counts of spikes, exact. */
  populationCounts() {
    const { populations } = this.run;
    if (this.allSpikes) {
      const width = Math.max(Math.ceil(this.nSteps / 150), Math.min(Math.ceil(rateBinMs(this.run) / this.dt), Math.ceil(this.nSteps / 20)), 1);
      const columns = Math.ceil(this.nSteps / width);
      return this.once('populations', () => {
        const counts = new Float64Array(populations.length * columns);
        for (const p of populations) {
          const end = this.offsets[p.end];
          for (let i = this.offsets[p.start]; i < end; i += 1) {
            counts[p.number * columns + Math.floor(this.times[i] / width)] += 1;
          }
        }
        const edges = Float64Array.from({ length: columns + 1 }, (_, i) => Math.min(i * width, this.nSteps));
        return { counts, columns, edges };
      });
    }
    return this.once('populations', () => this.populationCountsOfDensity());
  }

  populationCountsOfDensity() {
    const { populations, populationOfRow } = this.run;
    const group = Math.max(Math.round((rateBinMs(this.run) * this.columns) / this.durationMs), Math.ceil(this.columns / 150), 1);
    const columns = Math.ceil(this.columns / group);
    const counts = new Float64Array(populations.length * columns);
    for (let bin = 0; bin + 1 < this.edges.length; bin += 1) {
      const p = populationOfRow[this.edges[bin]];
      for (let c = 0; c < this.columns; c += 1) {
        counts[p * columns + Math.floor(c / group)] += this.density[bin * this.columns + c];
      }
    }
    const edges = Float64Array.from({ length: columns + 1 }, (_, i) =>
      Math.ceil((Math.min(i * group, this.columns) * this.nSteps) / this.columns),
    );
    return { counts, columns, edges };
  }

  /** (layers x cells x cells) counts of spikes over the cortical plane; null if unknown. */
  planeCounts() {
    const { run } = this;
    if (this.arrays.plane) return this.arrays.plane;
    if (!this.allSpikes || !run.x || !run.z) return null;
    return this.once('plane', () => {
      const counts = new Uint32Array(run.layers.length * 1024);
      for (let row = 0; row < run.n_neurons; row += 1) {
        counts[planeCell(run, row)] += this.offsets[row + 1] - this.offsets[row];
      }
      return counts;
    });
  }

  /** Numbers of the weights: [{pre, post, mean, kl, wasserstein}]; empty if unknown. */
  weightRows() {
    if (!this.weights) return [];
    return this.once('weights', () => {
      const { names, measures, scales } = this.weights;
      const { weight_pre: pre, weight_post: post, weight_values: values } = this.arrays;
      return Array.from(pre, (p, i) => ({
        pre: names[p],
        post: names[post[i]],
        ...Object.fromEntries(measures.map((name, m) => [name, half(values[m * pre.length + i]) * scales[m]])),
      }));
    });
  }

  /** Potential of a recorded neuron over time, mV; null if it was not recorded. */
  potentialOf(id) {
    const k = this.potential_neurons ? this.potential_neurons.indexOf(id) : -1;
    if (k < 0) return null;
    const { potentials, potential_low: low, potential_high: high } = this.arrays;
    const values = new Float32Array(this.nSteps);
    let level = 0;
    let slope = 0;
    for (let t = 0; t < this.nSteps; t += 1) {
      slope = (slope + potentials[k * this.nSteps + t]) & 255;
      level = (level + slope) & 255;
      values[t] = level ? low[k] + ((level - 1) / (this.potential_levels - 1)) * (high[k] - low[k]) : NaN;
    }
    return { values, threshold: this.thresholds ? this.thresholds[k] : NaN };
  }
}

/** A number of 16 bits (IEEE 754). */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const rest = bits & 1023;
  if (exponent === 31) return rest ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
}

/** Few neurons need wide bins: their rates would be a row of spikes. */
const rateBinMs = (run) => (run.n_neurons < 500 ? 20 : run.n_neurons < 5000 ? 10 : 5);

/** Cell of the cortical plane, by layer, in which a row's neuron lies. */
export function planeCell(run, row) {
  const layer = run.populations[run.populationOfRow[row]].layer_number;
  return layer * 1024 + ((run.z[row] * 32) >> 8) * 32 + ((run.x[row] * 32) >> 8);
}

export async function openReport() {
  const { content } = await readBlock('report-content');
  const runs = [];
  for (const prefix of content.runs) runs.push(await new Run(await readBlock(`${prefix}-run`)).readNeurons());
  return { ...content, runs };
}
