// Makes one file of the command line and what it always loads, compiled for the Bun that packs it: `bun scripts/bundle.mjs FOLDER`
// writes FOLDER/zemosaic.js and zemosaic.js.jsc. A Bun of another version ignores the second and compiles the first. Without
// both, Bun reads and compiles some 140 files at every start. Measurements (`bench`) stay apart: they run from the sources.
import { join, resolve } from 'node:path';
import { root } from './paths.mjs';

/** Modules that are others in the bundle. */
const REPLACED = [
  // A bundle would keep the folder that it was made in.
  [
    /core[\\/]src[\\/]own-file\.ts$/,
    `import { dirname, join } from 'node:path';
let folder;
export function ownFile(name) {
       folder ??= dirname(Bun.resolveSync('@zemosaic/core', dirname(Bun.main)));
       return join(folder, name);
     }`,
  ],
  [
    /cli[\\/]src[\\/]command[\\/]bench\.ts$/,
    `export async function runBench() {
       throw new Error('bench runs from the sources, which the launcher starts');
     }`,
  ],
];

/** What commander imports and this program does not need, or has in less time: 3 ms for both. */
const INSTEAD = {
  "import childProcess from 'node:child_process';": '',
  "import { stripVTControlCharacters } from 'node:util';":
    'const stripVTControlCharacters = (text) => Bun.stripANSI(text);',
};

/** An import of a part of Bun takes all of its names, and those of `fs` the streams, which takes 3 ms; `require` takes what is used. */
function required(text) {
  return text
    .replace(/^import (\w+) from '(node:\w+)';/gm, "const $1 = require('$2');")
    .replace(/^import \{([^}]+)\} from '(node:\w+)';/gm, (_, names, from) => {
      const values = names.split(',').map((name) => name.trim().replace(' as ', ': '));
      return `const { ${values.filter((name) => name !== '' && !name.startsWith('type ')).join(', ')} } = require('${from}');`;
    });
}

async function lean({ path }) {
  const text = await Bun.file(path).text();
  const commander = path.includes('commander');
  const own = commander ? Object.entries(INSTEAD).reduce((all, [line, other]) => all.replace(line, other), text) : text;
  const contents = required(own);
  if (
    /from 'node:/.test(contents.replace(/^import type .*/gm, '')) ||
    (commander && /node:(child_process|util)/.test(contents))
  )
    throw new Error(`${path} imports in another way than before`);
  return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
}

const plugin = {
  name: 'zemosaic',
  setup(build) {
    for (const [filter, contents] of REPLACED)
      build.onLoad({ filter }, () => ({ contents: required(contents), loader: 'js' }));
    build.onLoad({ filter: /packages[\\/](cli|core)[\\/].*\.ts$|commander[\\/].*\.js$/ }, lean);
  },
};

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('no folder given');
process.chdir(root);
const made = await Bun.build({
  entrypoints: [join('packages', 'cli', 'bin', 'enter.ts')],
  outdir: resolve(folder),
  naming: 'zemosaic.[ext]',
  target: 'bun',
  format: 'cjs',
  bytecode: true,
  // Names stay, for `--debug`.
  minify: { whitespace: true, syntax: true, identifiers: false },
  external: ['@zemosaic/bench', 'typebox', 'typebox/value'],
  plugins: [plugin],
});
if (!made.success) throw new AggregateError(made.logs, 'cannot bundle');
