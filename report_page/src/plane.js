// The cortical plane: rates over x and z, layer by layer.
import { css, diverging, sequential } from './colours.js';
import { el, inks, sized, tooltip } from './dom.js';
import { number } from './format.js';
import { planeCell } from './store.js';

const CELLS = 32;

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
    this.maps.replaceChildren(...run.layers.map((layer, l) => this.map(app, run, layer, l, values, top, isDifference)));
    const range = run.range_um;
    const words = isDifference ? `A − B: blue where A fires more, up to ${number(top)} Hz` : `${second ? 'A: ' : ''}mean rate of the neurons of each cell, up to ${number(top)} Hz`;
    this.scale.textContent = `${words}; ${number(range.x[1] - range.x[0])} × ${number(range.z[1] - range.z[0])} µm, x to the right, z up.`;
  }

  map(app, run, layer, l, values, top, isDifference) {
    const size = 150;
    const canvas = el('canvas', { role: 'img', 'aria-label': `rates in layer ${layer || 'unknown'}` });
    const context = sized(canvas, size, size);
    const side = size / CELLS;
    let any = false;
    for (let z = 0; z < CELLS; z += 1) {
      for (let x = 0; x < CELLS; x += 1) {
        const v = values[l * CELLS * CELLS + z * CELLS + x];
        if (!Number.isFinite(v)) continue;
        any = true;
        context.fillStyle = css(isDifference ? diverging(v / top, app.dark) : sequential(v / top, app.dark));
        context.fillRect(x * side, (CELLS - 1 - z) * side, side + 0.3, side + 0.3);
      }
    }
    if (!any) {
      context.fillStyle = inks().soft;
      context.fillText('no neurons', 50, 75);
    }
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * CELLS);
      const z = CELLS - 1 - Math.floor(((event.clientY - box.top) / box.height) * CELLS);
      const v = values[l * CELLS * CELLS + z * CELLS + x];
      tooltip(Number.isFinite(v) ? [`${number(v)} Hz${isDifference ? ' more in A' : ''}`] : null, event.clientX, event.clientY);
    });
    canvas.addEventListener('pointerleave', () => tooltip(null));
    return el('figure', {}, canvas, el('figcaption', { text: layer ? `L${layer}` : 'all' }));
  }
}
