import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, posix, relative } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

/*
 * The walls of ARCHITECTURE.md, checked on the import statements of every source file:
 *
 *   base ← wire ← {fib, link, bfd, ospf} ← {forward, vip} ← controller ← {api, health, cli, lab}
 *
 * with `kernel` beside `link`, and `config`, which knows only words and numbers, below the controller.
 */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What each folder of `src` may import besides itself. */
const MAY_IMPORT: { readonly [area: string]: readonly string[] } = {
  base: [],
  wire: ['base'],
  fib: ['base', 'wire'],
  bfd: ['base', 'wire'],
  ospf: ['base', 'wire'],
  kernel: ['base', 'wire'],
  link: ['base', 'wire', 'kernel'],
  forward: ['base', 'wire', 'fib', 'link', 'bfd', 'kernel'],
  vip: ['base', 'wire', 'fib', 'bfd', 'ospf'],
  config: ['base'],
  etcd: ['base', 'config', 'vip'],
  controller: ['base', 'wire', 'fib', 'bfd', 'ospf', 'forward', 'vip', 'config', 'kernel'],
  api: ['base', 'config', 'forward', 'controller'],
  health: ['config', 'controller'],
  lab: ['base', 'wire', 'link', 'kernel', 'config', 'forward', 'controller', 'api'],
  cli: ['base', 'wire', 'kernel', 'config', 'forward', 'controller', 'api', 'health', 'etcd', 'lab'],
};

/** Folders without clock, randomness, logger, `node:*` and packages: all of these come from outside. */
const PURE_AREAS = ['base', 'wire', 'fib', 'bfd', 'ospf'];

/**
 * Where the pure half of `src/forward` begins: the engine, the memory that it shares and the messages between the two
 * processes. It is these files and all that they import there; the rest is the processes around it.
 */
const FORWARD_ENGINE = ['forward/engine.ts', 'forward/plane.ts', 'forward/messages.ts'];

/** What the pure files of `src/forward` may know of the folders beside it: contracts, not kernels. */
const PURE_LINK_FILES = ['../link/frame.js', '../link/link.js'];

/** Packages that only one folder may know, and so can be replaced there. */
const OWNERS: { readonly [packageName: string]: readonly string[] } = {
  yaml: ['config'],
  'node-gyp-build': ['kernel'],
  commander: ['cli'],
  'raw-socket': ['health', 'lab'],
  cap: ['lab'],
  '@noble/hashes': ['wire'],
};

/** Packages that compute and do nothing else: pure files may know them. */
const PURE_PACKAGES: readonly string[] = ['@noble/hashes'];

const NAMES_THAT_SAY_NOTHING = /^((.*-)?(utils?|helpers?|managers?|common|misc)|types|index)\.ts$/;
const MAX_LINES = 600;

/** What a pure file may not mention, and why. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\b|\bperformance\.|\bhrtime\b/, 'reads a clock'],
  [/\bMath\.random\b|\bcrypto\b/, 'draws random numbers'],
  [/\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bqueueMicrotask\b/, 'starts a timer'],
  [/\bconsole\.|\bprocess\./, 'talks to the process'],
];

interface SourceFile {
  /** Relative to `src`. */
  readonly path: string;
  readonly area: string;
  readonly lines: number;
  /** Without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const files = readSources(join(ROOT, 'src'));
const forwardEngine = reachableInForward(FORWARD_ENGINE);

it('finds the sources', () => {
  for (const root of FORWARD_ENGINE) assert.ok(forwardEngine.has(root), `src/${root} is missing`);
  const importsOfArp = files.find((file) => file.path === 'wire/arp.ts')?.imports;
  assert.deepEqual(importsOfArp?.toSorted(), [
    '../base/bytes.js',
    '../base/ipv4.js',
    '../base/mac.js',
    './ethernet.js',
    './malformed.js',
  ]);
});

it('keeps to the directions of import', () => {
  report(files, (file) => file.imports.flatMap((name) => (isRelative(name) ? wrongDirection(file, name) : [])));
});

it('imports packages only where they belong', () => {
  report(files, (file) =>
    file.imports.flatMap((name) => {
      const owners = OWNERS[packageOf(name)];
      return owners === undefined || owners.includes(file.area)
        ? []
        : [`imports ${name}, which only ${owners.join(' and ')} may`];
    }),
  );
});

it('loads the addon only in src/kernel', () => {
  const elsewhere = files.filter((file) => file.area !== 'kernel');
  report(elsewhere, (file) => (/node-gyp-build|\.node['"`]/.test(file.code) ? ['mentions the addon'] : []));
});

it('keeps the protocols and the forwarding engine pure', () => {
  report(files.filter(isPure), (file) => [
    ...file.imports.filter((name) => isImpureImport(file, name)).map((name) => `imports ${name}, but is pure`),
    ...IMPURE.filter(([pattern]) => pattern.test(file.code)).map(([, what]) => `${what}, but is pure`),
  ]);
});

it('names files by a noun, in kebab case', () => {
  report(files, (file) => {
    const name = basename(file.path);
    if (NAMES_THAT_SAY_NOTHING.test(name)) return ['has a name that does not say what is in it'];
    return /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(name) ? [] : ['is not named in kebab case'];
  });
});

it(`keeps files below ${MAX_LINES} lines`, () => {
  report(files, (file) => (file.lines > MAX_LINES ? [`has ${file.lines} lines`] : []));
});

/** Fails with one line for each finding, which names the file. */
function report(among: readonly SourceFile[], findings: (file: SourceFile) => readonly string[]): void {
  const lines = among.flatMap((file) => findings(file).map((finding) => `src/${file.path} ${finding}`));
  assert.equal(lines.join('\n'), '');
}

function wrongDirection(file: SourceFile, name: string): string[] {
  const area = areaOfImport(file, name);
  if (area === undefined) return [`imports ${name}, which is outside src`];
  const allowed = MAY_IMPORT[file.area];
  if (allowed === undefined) return ['is in a folder that MAY_IMPORT does not know'];
  if (area === file.area || allowed.includes(area)) return [];
  return [`imports ${name}, but ${file.area} may import only ${allowed.join(', ') || 'itself'}`];
}

function isPure(file: SourceFile): boolean {
  return PURE_AREAS.includes(file.area) || forwardEngine.has(file.path);
}

/** The files of `src/forward` that these import, directly or not, and they themselves. */
function reachableInForward(roots: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = files.find((candidate) => candidate.path === path);
    if (file === undefined || file.area !== 'forward' || reached.has(path)) continue;
    reached.add(path);
    waiting.push(...file.imports.filter(isRelative).map((name) => pathOfImport(file, name)));
  }
  return reached;
}

function isImpureImport(file: SourceFile, name: string): boolean {
  if (PURE_PACKAGES.includes(packageOf(name))) return false;
  const area = areaOfImport(file, name);
  if (area === 'link') return !PURE_LINK_FILES.includes(name);
  return area === undefined || area === 'kernel';
}

/** The package of `name` or `name/file`; names with a scope have two parts. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

function isRelative(name: string): boolean {
  return name.startsWith('.');
}

/** The folder of `src` that a relative import leads to, or undefined outside `src`. */
function areaOfImport(file: SourceFile, name: string): string | undefined {
  if (!isRelative(name)) return undefined;
  const [area] = pathOfImport(file, name).split('/');
  return area === '..' ? undefined : area;
}

/** The source file that a relative import means, relative to `src`. */
function pathOfImport(file: SourceFile, name: string): string {
  return posix.join(posix.dirname(file.path), name).replace(/\.js$/, '.ts');
}

function readSources(directory: string): SourceFile[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return paths.toSorted().map((path) => {
    const text = readFileSync(join(directory, path), 'utf8');
    const code = withoutComments(text);
    return { path, area: path.split('/')[0] ?? '', lines: text.split('\n').length - 1, code, imports: importsOf(code) };
  });
}

/** Good enough for sources that Biome has formatted: strings that hold comment signs end at their quote. */
function withoutComments(text: string): string {
  const token = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (match) => (match.startsWith('/') ? ' ' : match));
}

/** Names in `import … from`, `export … from`, `import '…'`, `import('…')` and `require('…')`. */
function importsOf(code: string): string[] {
  const patterns = [
    /^(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]/gm,
    /^import\s+['"]([^'"]+)['"]/gm,
    /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]));
}
