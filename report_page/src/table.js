// The numbers of a run that grows: what is new is put among what is known. No browser needed.

/** All entries of two ascending lists, ascending, each once. */
export function union(first, second) {
  const out = new Float64Array(first.length + second.length);
  let i = 0;
  let k = 0;
  let n = 0;
  while (i < first.length || k < second.length) {
    const v = k === second.length || first[i] <= second[k] ? first[i] : second[k];
    if (first[i] === v) i += 1;
    if (second[k] === v) k += 1;
    out[n++] = v;
  }
  return out.slice(0, n);
}

const key = (path) => path.join('\u0000');

/**
 * Puts new and changed steps among the known ones.
 * @param {{series: object[], arrays: object}} known numbers of a run, as the page reads them
 * @param {{series: object[], arrays: object}} news the same of the steps that are new or changed,
 *   all numbers of each
 * @returns {{series: object[], arrays: object, places: number[]}} all of them; and the places of
 *   the news
 */
export function merged(known, news) {
  const steps = union(known.arrays.steps, news.arrays.steps);
  const place = new Map(Array.from(steps, (step, i) => [step, i]));
  const old = Array.from(known.arrays.steps, (step) => place.get(step));
  const places = Array.from(news.arrays.steps, (step) => place.get(step));
  const arrays = { steps, detail: new Uint8Array(steps.length) };
  old.forEach((at, i) => { arrays.detail[at] = known.arrays.detail[i]; });
  places.forEach((at, i) => { arrays.detail[at] = news.arrays.detail[i]; });
  const paths = new Map([...known.series, ...news.series].map((s) => [key(s.path), s.path]));
  const columns = (of) => new Map(of.series.map((s) => [key(s.path), of.arrays[s.array]]));
  const [before, after] = [columns(known), columns(news)];
  const series = [...paths].map(([name, path], n) => {
    const values = new Float32Array(steps.length).fill(NaN);
    const [was, is] = [before.get(name), after.get(name)];
    if (was) old.forEach((at, i) => { values[at] = was[i]; });
    places.forEach((at, i) => { values[at] = is ? is[i] : NaN; });
    arrays[`s${n}`] = values;
    return { path, array: `s${n}` };
  });
  return { series, arrays: { ...arrays, ...classes(known.arrays, news.arrays) }, places };
}

/** True and predicted class of each trial: those of changed steps are replaced. */
function classes(known, news) {
  const changed = new Set(news.steps);
  const kept = Array.from(known.class_step ?? [], (step, i) => [step, i]).filter(([step]) => !changed.has(step));
  const join = (name) => Float64Array.from([...kept.map(([, i]) => known[name][i]), ...news[name]]);
  const found = { class_step: join('class_step'), class_label: join('class_label'), class_said: join('class_said') };
  return { ...found, pair_label: found.class_label, pair_class: found.class_said };
}
