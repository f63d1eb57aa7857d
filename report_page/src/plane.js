// The cortical plane: rates over x and z, layer by layer.
import { diverging, pixel, sequential } from './colours.js';
import { el, inks, sized, tooltip } from './dom.js';
import { counted, number, whole } from './format.js';
import { scaleBar } from './scale.js';
import { planeCell } from './store.js';

const CELLS = 32;
const FEWEST = 4;
const GAP = 16;

/** (layers x cells x cells) neurons of each cell. */
function neuronCounts(run) {
  if (!run.x || !run.z) return null;
  if (!run.planeNeurons) {
    run.planeNeurons = new Uint32Array(run.layers.length * CELLS * CELLS);
    for (let row = 0; row < run.n_neurons; row += 1) run.planeNeurons[planeCell(run, row)] += 1;
  }
  return run.planeNeurons;
}

/** Sums of `factor` by `factor` cells. */
export function coarser(counts, factor) {
  if (factor === 1) return counts;
  const side = CELLS / factor;
  const sums = new Float64Array(counts.length / factor ** 2);
  counts.forEach((n, i) => {
    const [layer, z, x] = [Math.floor(i / CELLS ** 2), Math.floor(i / CELLS) % CELLS, i % CELLS];
    sums[(layer * side + Math.floor(z / factor)) * side + Math.floor(x / factor)] += n;
  });
  return sums;
}

/** How many cells are joined so that those with neurons have a few of them. */
export function cellFactor(counts) {
  for (const factor of [1, 2, 4]) {
    const occupied = coarser(counts, factor).filter((n) => n > 0);
    if (occupied.reduce((sum, n) => sum + n, 0) >= FEWEST * occupied.length) return factor;
  }
  return 8;
}

function factorOf(run) {
  const counts = neuronCounts(run);
  run.planeFactor ??= counts ? cellFactor(counts) : 1;
  return run.planeFactor;
}

export class Plane {
  constructor() {
    this.maps = el('div', { class: 'maps' });
    this.scale = el('div');
    this.element = el('section', { class: 'card', id: 'plane', 'aria-label': 'cortical plane' }, el('h2', { text: 'Cortical plane' }), this.maps, this.scale);
  }

  rates(side, factor) {
    const neurons = neuronCounts(side.run);
    const counts = side.look?.planeCounts();
    if (!neurons || !counts) return null;
    const [n, spikes] = [coarser(neurons, factor), coarser(counts, factor)];
    return { n, hz: Float32Array.from(n, (each, i) => (each ? (spikes[i] * 1000) / (each * side.look.durationMs) : NaN)) };
  }

  update(app) {
    const factor = Math.max(...app.shown.map((side) => factorOf(side.run)));
    const [first, second] = app.shown.map((side) => this.rates(side, factor));
    this.element.hidden = !first;
    if (!first) return;
    const difference = second && second.hz.length === first.hz.length ? first.hz.map((v, i) => v - second.hz[i]) : null;
    // Two runs of other neurons may share no cell.
    const isDifference = Boolean(difference) && difference.some(Number.isFinite);
    const values = isDifference ? difference : first.hz;
    const sizes = [...values].filter(Number.isFinite).map(Math.abs).sort((p, q) => p - q);
    const top = sizes[Math.floor(sizes.length * 0.98)] || 1;
    const { run } = app.main;
    const side = CELLS / factor;
    if (this.layers !== run.layers || this.side !== side) {
      this.layers = run.layers;
      this.side = side;
      this.made = run.layers.map((layer) => this.makeMap(layer));
      this.maps.replaceChildren(...this.made.map((map) => map.figure));
    }
    const size = this.sizeOf(run.layers.length);
    this.made.forEach((map, l) => {
      map.at = (x, z) => values[(l * side + z) * side + x];
      map.count = (x, z) => first.n[(l * side + z) * side + x];
      map.more = isDifference ? ' more in A' : '';
      this.draw(map, size, (v) => (isDifference ? diverging(v / top, app.dark) : sequential(v / top, app.dark)));
    });
    const range = run.range_um;
    const where = `${whole(range.x[1] - range.x[0])} × ${whole(range.z[1] - range.z[0])} µm, x to the right, z up · blank: no neurons`;
    this.scale.replaceChildren(isDifference
      ? scaleBar((share) => diverging(2 * share - 1, app.dark), `${number(-top)}`, `${number(top)} Hz`, `A − B: blue where A fires more · ${where}`)
      : scaleBar((share) => sequential(share, app.dark), '0', `${number(top)} Hz`, `${second ? 'A: ' : ''}mean rate of the neurons of each cell · ${where}`));
  }

  /** All layers in one line if there is room. */
  sizeOf(n) {
    const room = this.maps.clientWidth || 800;
    const inLine = Math.max(Math.min(n, Math.floor((room + GAP) / (120 + GAP))), 1);
    return Math.min(Math.floor((room + GAP) / inLine - GAP), 230);
  }

  /** One map; its canvas stays, and what it shows is read anew by the pointer. */
  makeMap(layer) {
    const map = { canvas: el('canvas', { role: 'img', 'aria-label': `rates in layer ${layer || 'unknown'}` }), small: el('canvas', { width: this.side, height: this.side }), at: () => NaN, count: () => 0, more: '' };
    map.canvas.addEventListener('pointermove', (event) => {
      const box = map.canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * this.side);
      const z = this.side - 1 - Math.floor(((event.clientY - box.top) / box.height) * this.side);
      const v = map.at(x, z);
      tooltip(Number.isFinite(v) ? [`${number(v)} Hz${map.more}`, counted(map.count(x, z), 'neuron')] : null, event.clientX, event.clientY);
    });
    map.canvas.addEventListener('pointerleave', () => tooltip(null));
    map.figure = el('figure', {}, map.canvas, el('figcaption', { text: layer ? `L${layer}` : 'all' }));
    return map;
  }

  draw(map, size, colourOf) {
    const { side } = this;
    const context = sized(map.canvas, size, size);
    const cells = new ImageData(side, side);
    const pixels = new Uint32Array(cells.data.buffer);
    let any = false;
    for (let z = 0; z < side; z += 1) {
      for (let x = 0; x < side; x += 1) {
        const v = map.at(x, z);
        if (!Number.isFinite(v)) continue;
        any = true;
        pixels[(side - 1 - z) * side + x] = (pixel(colourOf(v)) | (255 << 24)) >>> 0;
      }
    }
    map.small.getContext('2d').putImageData(cells, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(map.small, 0, 0, size, size);
    if (!any) {
      context.fillStyle = inks().soft;
      context.font = '12px system-ui, sans-serif';
      context.textAlign = 'center';
      context.fillText('no neurons to compare', size / 2, size / 2);
    }
  }
}
