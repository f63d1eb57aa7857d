// Curves of more values than there are pixels.

/**
 * What is drawn of many values: of each bucket the least and the greatest in their order, so that no
 * peak is lost, or its mean; and a value that is not finite, which leaves a gap.
 * @param {ArrayLike<number>} values
 * @param {number} most about so many values are drawn
 * @param {boolean} asMean
 * @returns {[number, number][]} (place, value)
 */
export function thinned(values, most, asMean = false) {
  const size = Math.max(Math.ceil((asMean ? 1 : 2) * (values.length / most)), 1);
  if (size < 3) return Array.from(values, (v, i) => [i, v]);
  const found = [];
  for (let start = 0; start < values.length; start += size) {
    const end = Math.min(start + size, values.length);
    let [low, high, bad, sum, n] = [-1, -1, -1, 0, 0];
    for (let i = start; i < end; i += 1) {
      if (!Number.isFinite(values[i])) bad = i;
      else {
        if (low < 0 || values[i] < values[low]) low = i;
        if (high < 0 || values[i] >= values[high]) high = i;
        sum += values[i];
        n += 1;
      }
    }
    const kept = asMean && n ? [[(start + end - 1) >> 1, sum / n]] : [...new Set([low, high])].filter((i) => i >= 0).map((i) => [i, values[i]]);
    if (bad >= 0) kept.push([bad, NaN]);
    found.push(...kept.sort((p, q) => p[0] - q[0]));
  }
  return found;
}
