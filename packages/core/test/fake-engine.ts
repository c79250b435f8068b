import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type {
  Beside,
  BorderFacts,
  ChunkOutcome,
  ChunkRequest,
  CudaDevice,
  Device,
  DeviceMemory,
  Engine,
  FileFacts,
  GridFacts,
  GridOptions,
  Levers,
  MatchOptions,
  OutputGrid,
  OutputPart,
  OutputSpec,
  PixelOptions,
  TileDamage,
  TileSpec,
} from '../src/device.ts';
import { noTime } from '../src/report/report.ts';
import { file, hdu } from './fake-facts.ts';
import { linearFit } from './linear-pass.ts';

/** What the fake does; a test may set any field. */
export interface Script {
  /** Facts by path; a path without facts is a usable tile. */
  facts: Map<string, FileFacts>;
  /** Paths that fail to open, with the engine's code. */
  broken: Map<string, string>;
  /** Paths that fail to open beside others only, as files do that can be read now and then. */
  brokenTogether: Set<string>;
  /** Paths of tiles that lie beside the grid. */
  away: Set<string>;
  /** Paths of tiles that have no pixel with data. */
  empty: Set<string>;
  /** Paths of tiles whose pixels have one value. */
  constant: Set<string>;
  grid: Partial<GridFacts>;
  /** Called before each chunk; may throw or change the outcome. */
  onChunk: (request: ChunkRequest, count: number) => Partial<ChunkOutcome>;
  diskFree: number | null;
  /** Borders of one value that the tiles have. */
  borders: BorderFacts['found'];
  /** How many chunks of an earlier run the file proves at most. */
  proved: number;
  /** CUDA devices that the machine has. */
  gpus: number;
  /** The result of a probe of the device; `count` from 1. */
  onProbe: (count: number) => DeviceMemory | null;
  /** Thrown by `createOutput`. */
  outputError: Error | null;
  previewError: Error | null;
  finishError: Error | null;
  /** Rows that cannot be read when backgrounds are matched. */
  unread: TileDamage[];
}

/** The requests that the fake received. */
export interface Asked {
  read: string[][];
  specs: TileSpec[];
  /** How often tiles were opened. */
  opened: number;
  gridOptions: GridOptions | null;
  like: string | null;
  pixels: PixelOptions | null;
  threads: number;
  output: OutputSpec | null;
  matches: MatchOptions[];
  chunks: ChunkRequest[];
  backend: string | null;
  probes: number;
  reclaims: number;
  levers: Levers[];
  injected: number[];
  abandoned: number;
  /** Outputs whose unfinished files were looked at. */
  unfinished: string[];
  flushed: number;
  finished: number;
  completed: number;
  placed: OutputPart[][];
  previews: string[];
}

export interface FakeEngine {
  engine: Engine;
  script: Script;
  asked: Asked;
}

export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** An engine without pixels: it follows a script, records requests, and writes a token output file. */
export function fakeEngine(): FakeEngine {
  const script: Script = {
    facts: new Map(),
    broken: new Map(),
    brokenTogether: new Set(),
    away: new Set(),
    empty: new Set(),
    constant: new Set(),
    grid: {},
    onChunk: () => ({}),
    diskFree: 1e12,
    borders: [],
    proved: Infinity,
    gpus: 0,
    onProbe: () => null,
    outputError: null,
    previewError: null,
    finishError: null,
    unread: [],
  };
  const asked: Asked = {
    read: [],
    specs: [],
    opened: 0,
    gridOptions: null,
    like: null,
    pixels: null,
    threads: 0,
    output: null,
    matches: [],
    chunks: [],
    backend: null,
    probes: 0,
    reclaims: 0,
    levers: [],
    injected: [],
    abandoned: 0,
    unfinished: [],
    flushed: 0,
    finished: 0,
    completed: 0,
    placed: [],
    previews: [],
  };
  const gridFacts = (): GridFacts => ({
    width: 200,
    height: 1000,
    projection: 'TAN',
    frame: 'ICRS',
    scaleArcsec: 1,
    center: [10, 20],
    rotationDeg: 0,
    warnings: [],
    tilePixels: 8000 * asked.specs.length,
    outlier: 0,
    outlierDeg: 0,
    dropped: [],
    ...script.grid,
  });
  const outlines = () => asked.specs.map(() => Float64Array.of(0, 0, 100, 0, 100, 80, Number.NaN, Number.NaN));
  const grid: OutputGrid = { facts: gridFacts, outlines };
  const device: Device = fakeDevice(script, asked, gridFacts);
  const engine: Engine = {
    hostFacts: () => ({
      threads: 4,
      ramTotal: 16 * 2 ** 30,
      ramAvailable: 8 * 2 ** 30,
      power: 'mains',
      peakRss: 100_000_000,
      mayHaveGpu: true,
      simd: 'avx2',
      version: '0.1.0',
    }),
    diskFree: () => script.diskFree,
    unpacked: () => ({ clear: () => {}, states: async (paths) => paths.map(stateOf) }),
    readFacts: async (paths, _keywords, _unpacked, { beside }) => {
      asked.read.push(paths);
      return paths.map((path) => solved(script.facts.get(path) ?? factsOf(path), beside?.[path] ?? []));
    },
    fourthIsAlpha: async () => false,
    countPixels: async () => ({ finite: 8000, nan: 0, min: 0, max: 1 }),
    openTiles: async (specs) => {
      asked.opened += 1;
      for (const spec of specs) {
        const code = script.broken.get(spec.path);
        const now = script.brokenTogether.has(spec.path) && specs.length > 1 ? 'io' : undefined;
        if (now !== undefined) throw Object.assign(coded(now, `${now}: cannot be read`), { path: spec.path });
        if (code !== undefined) throw Object.assign(coded(code, `${code}: cannot be opened`), { path: spec.path });
      }
      asked.specs = specs;
      return {};
    },
    lookAt: async () => asked.specs.map(() => ({ noise: 1 })),
    changeTiles: (tiles, changes) => {
      asked.specs = asked.specs.map((spec, at) => ({ ...spec, fluxScale: changes[at]?.fluxScale ?? 1 }));
      return tiles;
    },
    autoGrid: async (_tiles, options) => {
      asked.gridOptions = options;
      return grid;
    },
    likeGrid: async (path) => {
      asked.like = path;
      return grid;
    },
    deviceKernels: () => ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos4'],
    wgpuFacts: async () => ({ adapters: [], problem: { code: 'wgpu_no_adapter', reason: 'no GPU was found' } }),
    guardSignals: () => {},
    ignoresHangup: () => false,
    isPublished: () => false,
    removeTemporaryFiles: () => {},
    cudaFacts: async () =>
      script.gpus > 0
        ? { devices: Array.from({ length: script.gpus }, (_, index) => gpu(index)) }
        : { devices: [], problem: { code: 'cuda_no_driver', reason: 'no NVIDIA driver' } },
    openDevice: async (_tiles, _grid, pixels, backend, _device, threads) => {
      asked.backend = backend;
      asked.pixels = pixels;
      asked.threads = threads;
      return device;
    },
    writePreview: async (_mosaic, png) => {
      if (script.previewError !== null) throw script.previewError;
      asked.previews.push(png);
      writeFileSync(png, 'png');
    },
    checkUnfinished: (path) => void asked.unfinished.push(path),
    placeParts: async (parts) => {
      asked.placed.push(parts);
      for (const { partial, path } of parts) renameSync(partial, path);
      return { paths: parts.map(({ path }) => path), bytes: 12_345, syncMs: 0 };
    },
    warpCeiling: async () => 2e8,
    scoreMosaic: async () => ({ covered: 1000, backgroundRms: 0.1, rms: 1, fluxRms: 0.01, stars: 5 }),
    writeCoverage: async (_mosaic, _hdu, png) => {
      writeFileSync(png, 'coverage');
    },
    simulate: async (dir) => {
      const paths = ['a', 'b', 'c'].map((name) => `${dir}/${name}.fits`);
      for (const path of paths) writeFileSync(path, 'tile');
      return paths;
    },
  };
  return { engine, script, asked };
}

function stateOf(path: string) {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  return { bytes: Number(found.size), modified: String(found.mtimeNs), digest: Bun.hash.crc32(readFileSync(path)) };
}

/** A usable tile, or what this engine wrote. */
function factsOf(path: string): FileFacts {
  const ours = existsSync(path) && readFileSync(path, 'utf8') === 'unfinished';
  return ours ? file(path, [hdu({ keywords: { CREATOR: 'zemosaic 0.1.0' } })]) : file(path);
}

/** Every image is solved by the files that count before its own WCS. */
function solved(facts: FileFacts, beside: readonly Beside[]): FileFacts {
  const solutions = beside.filter(({ first }) => first).map(({ path, all }) => ({ path, all, header: 0 }));
  return solutions.length === 0 ? facts : { ...facts, hdus: facts.hdus.map((one) => ({ ...one, solutions })) };
}

function gpu(index: number): CudaDevice {
  const memory = { total: 8 * 2 ** 30, free: 8 * 2 ** 30 };
  return { usable: true, index, name: 'a GPU', compute: '8.6', driver: '12.4', integrated: false, ...memory };
}

function fakeDevice(script: Script, asked: Asked, grid: () => GridFacts): Device {
  const partial = () => `${asked.output?.path}.part`;
  let open = false;
  return {
    apart: () => asked.specs.some(({ channel }) => channel !== undefined),
    meeting: () => asked.specs.map(({ path }) => !script.away.has(path)),
    empty: () => asked.specs.map(({ path }) => script.empty.has(path)),
    constant: () => asked.specs.map(({ path }) => script.constant.has(path)),
    fit: ({ onDevice, channel, channels, row0 }, bounds) => {
      const { width, height } = grid();
      const tiles = asked.specs.filter((spec) => spec.channel === undefined || spec.channel === channel);
      const strip = width * (4 * channels + 5);
      const output = { height, threads: asked.threads, window: 32 * channels * tiles.length, strip };
      const device = { fixed: 2 ** 20, row: strip, most: null };
      return linearFit({ ...output, ...device }, onDevice ? 'device' : 'cpu', height - row0, bounds);
    },
    createOutput: (output) => {
      if (script.outputError !== null) throw script.outputError;
      asked.output = output;
      const kept = existsSync(partial()) ? output.done.length : 0;
      writeFileSync(partial(), 'unfinished');
      open = true;
      return Math.min(kept, script.proved);
    },
    findBorders: async () => ({ found: script.borders, damaged: [], bytes: 0, bytesRead: 0, ms: 1 }),
    matchBackground: async (options) => {
      asked.matches.push(options);
      const { length } = asked.specs;
      const tiles = asked.specs.map((_, at) => ({ gain: 1, offset: at, slopeX: 0, slopeY: 0 }));
      const groups = tiles.map(() => 0);
      const notes = ['a note'];
      const channel = { tiles, groups, pairs: length - 1, rmsBefore: 2, rmsAfter: 0.5, notes };
      const contradictions = [
        { tile: 1, code: 'tile_gain', reason: 'its values are 12 times those of its neighbours' },
      ];
      return { channels: [channel], contradictions, damaged: script.unread, bytesRead: 500, ms: 2 };
    },
    probe: async () => {
      asked.probes += 1;
      return script.onProbe(asked.probes);
    },
    reclaim: async () => {
      asked.reclaims += 1;
    },
    setLevers: (levers) => asked.levers.push(levers),
    injectOom: (count) => asked.injected.push(count),
    runChunk: async (request) => {
      asked.chunks.push(request);
      return {
        kind: 'done',
        ms: { ...noTime(), kernel: 1 },
        bytesUp: 0,
        bytesDown: 0,
        bytesRead: 1000,
        bytesWritten: request.rows * grid().width * 9,
        peakBytes: 5000,
        tiles: asked.specs.length,
        covered: request.rows * grid().width,
        deadInOneChannel: 0,
        overflow: false,
        mapErrorPx: 0.0001,
        damaged: [],
        sums: [1, 2, 3],
        ...script.onChunk(request, asked.chunks.length),
      };
    },
    flush: async () => {
      asked.flushed += 1;
    },
    complete: async () => {
      asked.completed += 1;
      return [
        { partial: partial(), path: asked.output?.path ?? '', device: '1', inode: '2', bytes: 10, modified: '3' },
      ];
    },
    finish: async () => {
      asked.finished += 1;
      if (script.finishError !== null) throw script.finishError;
      const path = asked.output?.path ?? '';
      renameSync(partial(), path);
      return { paths: [path], bytes: 12_345, syncMs: 3 };
    },
    abandon: (keep) => {
      asked.abandoned += 1;
      if (open && !keep) rmSync(partial());
      open = false;
    },
  };
}
