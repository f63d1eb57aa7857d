// Numbers as text.

/** A number with about `digits` digits, zeros at its end too if `all`; an en dash where it is unknown. */
export function number(value, digits = 3, all = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return minus(value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e'));
  const places = Math.max(digits - 1 - Math.floor(Math.log10(size)), 0);
  return minus(value.toLocaleString('en', { maximumFractionDigits: places, minimumFractionDigits: all ? places : 0 }));
}

export const whole = (value) => minus(Math.round(value).toLocaleString('en'));

export const percent = (value) => (Number.isFinite(value) ? `${number(value * 100, 3)} %` : '–');

export const counted = (n, word) => `${whole(n)} ${word}${n === 1 ? '' : 's'}`;

/** A length of a file. */
export function bytes(n) {
  const power = n >= 1e9 ? 3 : n >= 1e6 ? 2 : n >= 1e3 ? 1 : 0;
  return `${number(n / 1000 ** power)} ${['bytes', 'kB', 'MB', 'GB'][power]}`;
}

const minus = (text) => text.replaceAll('-', '−');

/** At most about `most` round numbers from `low` to `high`. */
export function ticks(low, high, most = 6) {
  if (!(high > low)) return Number.isFinite(low) ? [low] : [];
  const range = high - low;
  const power = 10 ** Math.floor(Math.log10(range / Math.max(most, 1)));
  const distance = (step) => Math.abs(Math.log(range / step / most));
  const step = [1, 2, 5, 10].map((f) => f * power).reduce((best, s) => (distance(s) < distance(best) ? s : best));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** Ticks as text, with digits enough to tell them apart. */
export function tickTexts(found) {
  const step = Math.min(...found.slice(1).map((v, i) => v - found[i]));
  const most = Math.max(...found.map(Math.abs));
  const digits = found.length > 1 && step > 0 && most > 0 ? Math.floor(Math.log10(most)) - Math.floor(Math.log10(step) + 1e-9) + 1 : 3;
  return found.map((v) => number(v, Math.min(Math.max(digits, 3), 9)));
}

/** Round numbers on a logarithmic axis. */
export function logTicks(low, high, most = 5) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(Math.ceil((last - first + 1) / most), 1);
  const found = [];
  for (let p = first; p <= last; p += 1) if ((p - first) % every === 0) found.push(10 ** p);
  if (found.length >= 3) return found;
  const finer = [];
  for (let p = first - 1; p <= last; p += 1) {
    for (const f of [1, 2, 5]) {
      const value = Number((f * 10 ** p).toPrecision(6));
      if (value >= low * 0.999 && value <= high * 1.001) finer.push(value);
    }
  }
  if (finer.length <= most + 2) return finer.length ? finer : found;
  return finer.filter((v) => /^[15]/.test(v.toExponential()));
}
