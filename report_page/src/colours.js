// Colours of populations and of maps, for light and dark.

// Okabe & Ito 2008, "Color Universal Design": told apart by every reader.
const SAFE = { Exc: '#D55E00', PV: '#0072B2', SST: '#009E73', VIP: '#CC79A7', Htr3a: '#8A8A8A' };
const SAFE_OTHER = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8A8A8A'];

export const isDark = () =>
  !document.documentElement.dataset.printing &&
  (document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches);

export function rgb(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const luminance = (c) => {
  const [r, g, b] = c.map((v) => ((v / 255) ** 2.2));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const mix = (a, b, share) => a.map((v, i) => Math.round(v + (b[i] - v) * share));

/** A colour that is seen on the page's background. */
export function readable(colour, dark) {
  let c = rgb(colour);
  for (let i = 0; i < 8 && (dark ? luminance(c) < 0.17 : luminance(c) > 0.4); i += 1) {
    c = mix(c, dark ? [255, 255, 255] : [0, 0, 0], 0.12);
  }
  return c;
}

/** Colour of each population, [r, g, b]. */
export function populationColours(run, palette, dark) {
  return run.populations.map((p, i) => {
    const valid = /^#[0-9a-f]{6}$/i.test(p.colour) ? p.colour : '#4E79A7';
    const colour = palette === 'safe' ? (SAFE[p.cell_class] ?? SAFE_OTHER[i % SAFE_OTHER.length]) : valid;
    return readable(colour, dark);
  });
}

export const css = ([r, g, b], opacity = 1) => (opacity === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${opacity})`);

/** [r, g, b] as the lower three bytes of a little-endian RGBA pixel. */
export const pixel = ([r, g, b]) => (r | (g << 8) | (b << 16)) >>> 0;

const stops = (hexes) => hexes.map(rgb);
const CIVIDIS = stops(['#00224E', '#2C3F6D', '#575D6D', '#7C7B78', '#A59C74', '#D2C060', '#FEE838']);
const LIGHT_MAP = stops(['#E9F0F7', '#CDDDEC', '#9FC0DD', '#5F97C4', '#2F6BA3', '#17457A', '#0A2547']);
const DIVERGING = stops(['#8C3A00', '#D9772B', '#F3C79C', '#EBEBE8', '#A9CBE8', '#3F86C4', '#0B4A8A']);
const DIVERGING_DARK = stops(['#FFB070', '#D9772B', '#7A4A26', '#20262D', '#2B5378', '#4A93D6', '#9CCBFF']);

function along(map, share) {
  const place = Math.min(Math.max(share, 0), 1) * (map.length - 1);
  const i = Math.min(Math.floor(place), map.length - 2);
  return mix(map[i], map[i + 1], place - i);
}

/** From little to much, 0 to 1. */
export const sequential = (share, dark) => along(dark ? CIVIDIS : LIGHT_MAP, share);

/** From less (-1, orange) over equal to more (1, blue). */
export const diverging = (share, dark) => along(dark ? DIVERGING_DARK : DIVERGING, (share + 1) / 2);

/** How far the colours reach; a few far larger than all others are left beyond, else these were all alike. */
export function extent(values) {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const all = sizes.at(-1) ?? 0;
  const usual = sizes[Math.floor(0.95 * (sizes.length - 1))] ?? 0;
  const isAll = !(usual > 0 && all > 2 * usual);
  return { most: Math.max(isAll ? all : usual, 1e-12), isAll };
}
