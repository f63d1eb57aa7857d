// The cortical plane: rates over x and z, layer by layer.
import { diverging, pixel, sequential } from './colours.js';
import { el, inks, sized, tooltip } from './dom.js';
import { number } from './format.js';
import { planeCell } from './store.js';

const CELLS = 32;
const SIZE = 150;

/** (layers x cells x cells) neurons of each cell. */
function neuronCounts(run) {
  if (!run.x || !run.z) return null;
  if (!run.planeNeurons) {
    run.planeNeurons = new Uint32Array(run.layers.length * CELLS * CELLS);
    for (let row = 0; row < run.n_neurons; row += 1) run.planeNeurons[planeCell(run, row)] += 1;
  }
  return run.planeNeurons;
}

export class Plane {
  constructor() {
    this.maps = el('div', { class: 'maps' });
    this.scale = el('p', { class: 'note' });
    this.element = el('section', { class: 'card', id: 'plane', 'aria-label': 'cortical plane' }, el('h2', { text: 'Cortical plane' }), this.maps, this.scale);
  }

  rates(side) {
    const neurons = neuronCounts(side.run);
    const counts = side.look?.planeCounts();
    if (!neurons || !counts) return null;
    return Float32Array.from(neurons, (n, i) => (n ? (counts[i] * 1000) / (n * side.look.durationMs) : NaN));
  }

  update(app) {
    const sides = app.shown.map((side) => this.rates(side));
    const [first, second] = sides;
    this.element.hidden = !first;
    if (!first) return;
    const difference = second && second.length === first.length ? first.map((v, i) => v - second[i]) : null;
    // Two runs of other neurons may share no cell.
    const isDifference = Boolean(difference) && difference.some(Number.isFinite);
    const values = isDifference ? difference : first;
    const sizes = [...values].filter(Number.isFinite).map(Math.abs).sort((p, q) => p - q);
    const top = sizes[Math.floor(sizes.length * 0.98)] || 1;
    const { run } = app.main;
    if (this.layers !== run.layers) {
      this.layers = run.layers;
      this.made = run.layers.map((layer) => this.makeMap(layer));
      this.maps.replaceChildren(...this.made.map((map) => map.figure));
    }
    this.made.forEach((map, l) => {
      map.at = (x, z) => values[l * CELLS * CELLS + z * CELLS + x];
      map.more = isDifference ? ' more in A' : '';
      this.draw(map, (v) => (isDifference ? diverging(v / top, app.dark) : sequential(v / top, app.dark)));
    });
    const range = run.range_um;
    const words = isDifference ? `A − B: blue where A fires more, up to ${number(top)} Hz` : `${second ? 'A: ' : ''}mean rate of the neurons of each cell, up to ${number(top)} Hz`;
    this.scale.textContent = `${words}; ${number(range.x[1] - range.x[0])} × ${number(range.z[1] - range.z[0])} µm, x to the right, z up.`;
  }

  /** One map; its canvas stays, and what it shows is read anew by the pointer. */
  makeMap(layer) {
    const map = { canvas: el('canvas', { role: 'img', 'aria-label': `rates in layer ${layer || 'unknown'}` }), small: el('canvas', { width: CELLS, height: CELLS }), at: () => NaN, more: '' };
    map.canvas.addEventListener('pointermove', (event) => {
      const box = map.canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * CELLS);
      const z = CELLS - 1 - Math.floor(((event.clientY - box.top) / box.height) * CELLS);
      const v = map.at(x, z);
      tooltip(Number.isFinite(v) ? [`${number(v)} Hz${map.more}`] : null, event.clientX, event.clientY);
    });
    map.canvas.addEventListener('pointerleave', () => tooltip(null));
    map.figure = el('figure', {}, map.canvas, el('figcaption', { text: layer ? `L${layer}` : 'all' }));
    return map;
  }

  draw(map, colourOf) {
    const context = sized(map.canvas, SIZE, SIZE);
    const cells = new ImageData(CELLS, CELLS);
    const pixels = new Uint32Array(cells.data.buffer);
    let any = false;
    for (let z = 0; z < CELLS; z += 1) {
      for (let x = 0; x < CELLS; x += 1) {
        const v = map.at(x, z);
        if (!Number.isFinite(v)) continue;
        any = true;
        pixels[(CELLS - 1 - z) * CELLS + x] = (pixel(colourOf(v)) | (255 << 24)) >>> 0;
      }
    }
    map.small.getContext('2d').putImageData(cells, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(map.small, 0, 0, SIZE, SIZE);
    if (!any) {
      context.fillStyle = inks().soft;
      context.fillText('no neurons', SIZE / 2 - 25, SIZE / 2);
    }
  }
}
