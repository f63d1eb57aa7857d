// Bundles src/ into HTML files: the page of a report, without a run, and that of a run that is
// watched. `--check` compares instead of writing.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// The page of a report may load nothing, from nowhere; the other one from its own server only.
const pages = [
  { target: 'report/page.html', entry: 'main.js', styles: ['page.css'], further: [] },
  { target: 'live/page.html', entry: 'watch.js', styles: ['page.css', 'watch.css'], further: ["connect-src 'self'"] },
];

function built({ entry, styles, further }) {
  const bundled = buildSync({
    entryPoints: [here(`src/${entry}`)],
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
  const style = transformSync(styles.map((name) => readFileSync(here(`src/${name}`), 'utf8')).join('\n'), {
    loader: 'css',
    minify: true,
    charset: 'utf8',
  }).code.trim();
  const hash = createHash('sha256').update(script).digest('base64');
  // It runs no script but this one.
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    ...further,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return readFileSync(here('src/page.html'), 'utf8')
    .replace('<!--policy-->', () => policy)
    .replace('<!--style-->', () => style)
    .replace('<!--script-->', () => script);
}

for (const each of pages) {
  const target = here(`../keras_v1_activity/${each.target}`);
  const page = built(each);
  if (!process.argv.includes('--check')) {
    writeFileSync(target, page);
    console.log(`wrote ${target}: ${page.length.toLocaleString('en')} characters`);
    continue;
  }
  let found = '';
  try {
    found = readFileSync(target, 'utf8');
  } catch {
    // It is not there: it is not up to date.
  }
  if (found !== page) {
    console.error(`${each.target} is not what src/ gives: run \`npm run build\` in report_page/`);
    process.exit(1);
  }
  console.log(`${each.target} is up to date`);
}
