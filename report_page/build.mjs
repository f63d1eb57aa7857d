// Bundles src/ into one HTML file, the page without a run. `--check` compares instead of writing.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const target = here('../keras_v1_activity/report/page.html');

const bundled = buildSync({
  entryPoints: [here('src/main.js')],
  bundle: true,
  format: 'iife',
  minify: true,
  charset: 'utf8',
  target: ['chrome100', 'firefox100', 'safari15'],
  legalComments: 'none',
  write: false,
});
const script = bundled.outputFiles[0].text.trim();
if (script.includes('</script')) throw new Error('the script would end its own element');
const style = transformSync(readFileSync(here('src/page.css'), 'utf8'), {
  loader: 'css',
  minify: true,
  charset: 'utf8',
}).code.trim();
const hash = createHash('sha256').update(script).digest('base64');

// The page may load nothing, from nowhere, and run no script but this one.
const policy = [
  "default-src 'none'",
  `script-src 'sha256-${hash}'`,
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
const page = readFileSync(here('src/page.html'), 'utf8')
  .replace('<!--policy-->', () => policy)
  .replace('<!--style-->', () => style)
  .replace('<!--script-->', () => script);

if (process.argv.includes('--check')) {
  let built = '';
  try {
    built = readFileSync(target, 'utf8');
  } catch {
    // It is not there: it is not up to date.
  }
  if (built !== page) {
    console.error('page.html is not what src/ gives: run `npm run build` in report_page/');
    process.exit(1);
  }
  console.log('page.html is up to date');
} else {
  writeFileSync(target, page);
  console.log(`wrote ${target}: ${page.length.toLocaleString('en')} characters`);
}
