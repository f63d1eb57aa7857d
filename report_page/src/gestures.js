// Pointer, wheel, fingers and keys on the raster.
import { tooltip } from './dom.js';

export class Gestures {
  constructor(timeline) {
    this.timeline = timeline;
    this.pointers = new Map();
    const raster = timeline.canvases.raster;
    raster.addEventListener('pointerdown', (event) => this.press(event));
    raster.addEventListener('dblclick', () => timeline.reset());
    raster.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    raster.addEventListener('keydown', (event) => this.key(event));
  }

  place(event) {
    const box = this.timeline.canvases.raster.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    return {
      x, y,
      time: this.timeline.view.from + ((x - this.timeline.left) / this.timeline.across) * (this.timeline.view.to - this.timeline.view.from),
      line: this.timeline.view.first + (y / this.timeline.heights.raster) * (this.timeline.view.end - this.timeline.view.first),
      inside: y >= 0 && y < this.timeline.heights.raster && x >= this.timeline.left && x < this.timeline.left + this.timeline.across,
    };
  }

  press(event) {
    const raster = this.timeline.canvases.raster;
    raster.focus({ preventScroll: true });
    if (event.pointerType === 'touch') {
      this.touch(event);
      return;
    }
    const start = this.place(event);
    const before = { ...this.timeline.view };
    const pan = event.shiftKey || event.button === 1;
    raster.setPointerCapture(event.pointerId);
    tooltip(null);
    const move = (e) => {
      const now = this.place(e);
      if (pan) this.timeline.moveTo(before, start, now);
      else this.showBox(start, now);
    };
    const end = (e) => {
      raster.removeEventListener('pointermove', move);
      raster.removeEventListener('pointerup', end);
      raster.removeEventListener('pointercancel', end);
      this.timeline.box.hidden = true;
      const now = this.place(e);
      const far = Math.hypot(now.x - start.x, now.y - start.y) > 5;
      if (e.type === 'pointercancel' || pan) return;
      if (far) this.timeline.zoomTo(start, now);
      else this.choose(start);
    };
    raster.addEventListener('pointermove', move);
    raster.addEventListener('pointerup', end);
    raster.addEventListener('pointercancel', end);
    event.preventDefault();
  }

  /** Two fingers zoom and move; one scrolls the page, and chooses a neuron. */
  touch(event) {
    const raster = this.timeline.canvases.raster;
    this.pointers.set(event.pointerId, this.place(event));
    const move = (e) => {
      if (this.pointers.size !== 2) return;
      const old = [...this.pointers.values()];
      this.pointers.set(e.pointerId, this.place(e));
      const now = [...this.pointers.values()];
      const factor = Math.hypot(old[0].x - old[1].x, old[0].y - old[1].y) / Math.max(Math.hypot(now[0].x - now[1].x, now[0].y - now[1].y), 1);
      this.timeline.zoom(factor, this.place(e));
    };
    const end = (e) => {
      const at = this.pointers.get(e.pointerId);
      if (at && this.pointers.size === 1 && e.type === 'pointerup') this.choose(at);
      this.pointers.delete(e.pointerId);
      raster.removeEventListener('pointermove', move);
      raster.removeEventListener('pointerup', end);
      raster.removeEventListener('pointercancel', end);
    };
    raster.addEventListener('pointermove', move);
    raster.addEventListener('pointerup', end);
    raster.addEventListener('pointercancel', end);
  }

  showBox(start, now) {
    const clamp = (x) => Math.min(Math.max(x, this.timeline.left), this.timeline.left + this.timeline.across);
    const [x0, x1] = [clamp(Math.min(start.x, now.x)), clamp(Math.max(start.x, now.x))];
    const [y0, y1] = [Math.max(Math.min(start.y, now.y), 0), Math.min(Math.max(start.y, now.y), this.timeline.heights.raster)];
    const top = this.timeline.canvases.raster.offsetTop;
    Object.assign(this.timeline.box.style, { left: `${x0}px`, width: `${x1 - x0}px`, top: `${top + y0}px`, height: `${y1 - y0}px` });
    this.timeline.box.hidden = false;
  }

  /** The page scrolls over the raster, unless it is in use. */
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.timeline.canvases.raster) return;
    event.preventDefault();
    this.timeline.zoom(Math.exp(Math.min(Math.max(event.deltaY, -60), 60) / 180), this.place(event));
  }

  key(event) {
    const v = this.timeline.view;
    const [dt, dn] = [(v.to - v.from) * 0.15, (v.end - v.first) * 0.15];
    const moves = { ArrowLeft: [-dt, 0], ArrowRight: [dt, 0], ArrowUp: [0, -dn], ArrowDown: [0, dn] };
    if (event.key in moves) {
      const [t, n] = moves[event.key];
      this.timeline.setView({ from: v.from + t, to: v.to + t, first: v.first + n, end: v.end + n });
    } else if (event.key === '+' || event.key === '=') this.timeline.zoom(1 / 1.6);
    else if (event.key === '-') this.timeline.zoom(1.6);
    else if (event.key === '0') this.timeline.reset();
    else if (event.key === 'Escape') this.timeline.canvases.raster.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The recorded neuron whose ring is nearest to a place, within some pixels; null if none is. */
  ringAt(at) {
    const { timeline } = this;
    const { run, look } = timeline.app.main;
    if (!look || at.y < 0 || at.y >= timeline.heights.raster || at.x < timeline.left) return null;
    let least = Math.max(((timeline.view.end - timeline.view.first) / timeline.heights.raster) * 8, 0.5);
    let best = null;
    for (const id of look.potential_neurons ?? []) {
      const line = timeline.places.get(run.rowOf(id));
      const distance = Math.abs(line + 0.5 - at.line);
      if (line !== undefined && distance <= least) [best, least] = [id, distance];
    }
    return best;
  }

  /** A ring near the pointer is meant before a bare row under it. */
  choose(at) {
    const { run } = this.timeline.app.main;
    const row = at.inside ? this.timeline.lines.rows[Math.floor(at.line)] : undefined;
    const neuron = this.ringAt(at) ?? (row === undefined ? null : run.ids[row]);
    if (neuron !== null) this.timeline.app.set({ neuron });
  }
}
