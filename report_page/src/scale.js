// A bar of colours with the numbers at its ends.
import { css } from './colours.js';
import { el } from './dom.js';

const STOPS = 9;

/**
 * @param {(share: number) => number[]} colourOf [r, g, b] of a share from 0 to 1
 * @param {string} low text at the left end
 * @param {string} high text at the right end
 * @param {string} words what the colours mean
 */
export function scaleBar(colourOf, low, high, words) {
  const stops = Array.from({ length: STOPS }, (_, i) => css(colourOf(i / (STOPS - 1))));
  return el('p', { class: 'scale note' },
    el('span', { text: low }), el('i', { 'aria-hidden': 'true', style: { background: `linear-gradient(to right, ${stops.join(', ')})` } }),
    el('span', { text: high }), el('span', { class: 'words', text: words }));
}
