import type {
  AccuracyFacts,
  BackendName,
  BackgroundFacts,
  BorderFacts,
  ChunkOutcome,
  ChunkRequest,
  CudaFacts,
  DeviceMemory,
  FileFacts,
  FileState,
  FinishFacts,
  Fit,
  FitBounds,
  FitRequest,
  GridFacts,
  GridOptions,
  HostFacts,
  Kernel,
  Levers,
  MatchOptions,
  OutputPart,
  OutputSpec,
  PixelCounts,
  PixelOptions,
  Reading,
  SignalGuard,
  SkyLayout,
  TileChange,
  TileLook,
  TileSpec,
  WgpuFacts,
} from './native/native.d.ts';

// The rest of the core imports the generated types only from here.
export type {
  AccuracyFacts,
  BackendName,
  BackgroundFacts,
  BackgroundModel,
  Beside,
  Beyond,
  BorderFacts,
  Card,
  ChannelMatchFacts,
  ChunkOutcome,
  ChunkRequest,
  Combine,
  CudaDevice,
  CudaFacts,
  DeviceMemory,
  DoneRows,
  FileFacts,
  FileState,
  FinishFacts,
  Fit,
  FitBounds,
  FitRequest,
  GridFacts,
  GridOptions,
  HduFacts,
  HostFacts,
  Kernel,
  Levers,
  Mask,
  MatchOptions,
  OutputPart,
  OutputSpec,
  PixelCounts,
  PixelOptions,
  PlaneSource,
  Problem,
  Processor,
  Reading,
  Rotation,
  SignalGuard,
  SkyLayout,
  Solution,
  StageMs,
  TileChange,
  TileDamage,
  TileLook,
  TileMatch,
  TileSpec,
  WcsFacts,
  WeightMap,
  WgpuAdapter,
  WgpuFacts,
} from './native/native.d.ts';

/** One output being made on one backend. It reports facts and outcomes; it decides nothing. */
export interface Device {
  /** Which tiles overlap the output at all, in input order. */
  meeting(): boolean[];
  /** Whether channels are made one by one, because they have tiles or maps of their own. */
  apart(): boolean;
  /** Which tiles gave no pixel with a value and a weight, of those of which rows were read. */
  empty(): boolean[];
  /** Which tiles gave pixels that all have the same value. */
  constant(): boolean[];
  /** The tallest chunk at a row that fits the bounds, and the bytes it takes. Cheap: reads and allocates nothing. */
  fit(request: FitRequest, bounds: FitBounds): Fit;
  /**
   * Finds where the data of the tiles end before the edges of their files; comparing and later chunks use it. Takes about
   * `ramBytes`, or what one tile takes; a tile that takes over `mostBytes` is an error.
   */
  findBorders(ramBytes: number, mostBytes: number): Promise<BorderFacts>;
  /** Determines from the overlaps how to bring the tiles to a common level; later chunks apply it. */
  matchBackground(options: MatchOptions): Promise<BackgroundFacts>;
  /** Begins the output, or resumes an unfinished one. Returns how many of `done`, counted from the first, it holds. */
  createOutput(output: OutputSpec): number;
  /** Free and total memory once the device is idle; null when unknown. */
  probe(): Promise<DeviceMemory | null>;
  /** Releases every device buffer that is kept for reuse. */
  reclaim(): Promise<void>;
  setLevers(levers: Levers): void;
  /** Makes the next `count` device attempts run out of memory. */
  injectOom(count: number): void;
  runChunk(request: ChunkRequest): Promise<ChunkOutcome>;
  /** Waits until the output of all chunks so far is on the disk. */
  flush(): Promise<void>;
  /** Completes the output without putting its files in their places; says which they are. */
  complete(): Promise<OutputPart[]>;
  /** Completes the output and puts its files in their places. */
  finish(): Promise<FinishFacts>;
  /** Gives up. The unfinished output is deleted unless `keep`. */
  abandon(keep: boolean): void;
}

/** Opened tiles, in input order. Opaque to all but the engine. */
export type OpenTiles = object;

/**
 * The input files of a run. Whatever is opened again must be what it was. Packed files that were unpacked to read their
 * headers are kept so that opening their tiles need not unpack them again.
 */
export interface Unpacked {
  /** The state of each file when it was first opened; null where it cannot be opened. */
  states(paths: string[]): Promise<(FileState | null)[]>;
  /** Releases all of them; opened tiles keep the files they read from. */
  clear(): void;
}

export interface OutputGrid {
  facts(): GridFacts;
  /** The border of each tile as x, y, x, y... in pixels of the grid; NaN where a point is not on the grid's sky. */
  outlines(tiles: OpenTiles): Float64Array[];
}

/** Everything a run needs from the machine. The addon implements it; tests use a scripted one. */
export interface Engine {
  hostFacts(): HostFacts;
  /** Free bytes on the disk that holds `path`; null when unknown. */
  diskFree(path: string): number | null;
  /** Ends the process when a signal is not answered in time, as when a call does not return. */
  guardSignals(guard: SignalGuard): void;
  /** Whether SIGHUP was ignored when the process began, as under `nohup`. */
  ignoresHangup(): boolean;
  /** Whether the output that was begun last is complete and in its place; JavaScript may not have heard of it yet. */
  isPublished(): boolean;
  /** For a process that ends without cleaning up: removes its unpacked copies of files. */
  removeTemporaryFiles(): void;
  /** Includes free memory only with `withFree`, of one device or of all, because each takes time to report it. */
  cudaFacts(withFree: boolean, device?: number): Promise<CudaFacts>;
  wgpuFacts(): Promise<WgpuFacts>;
  /** Kernels that GPUs have; the CPU has all kernels. */
  deviceKernels(): Kernel[];
  /** A new, empty store for files that have to be unpacked. */
  unpacked(): Unpacked;
  /** Files that have to be unpacked for it stay in `unpacked`. */
  readFacts(paths: string[], keywords: string[], unpacked: Unpacked, reading: Reading): Promise<FileFacts[]>;
  countPixels(path: string, hdu: number, unpacked: Unpacked): Promise<PixelCounts>;
  /** Whether the last of four planes holds opacities. */
  fourthIsAlpha(path: string, hdu: number, unpacked: Unpacked): Promise<boolean>;
  openTiles(specs: TileSpec[], unpacked: Unpacked): Promise<OpenTiles>;
  /** Looks at a few rows of each opened tile, and of its mask; at its noise only if that is asked for. */
  lookAt(tiles: OpenTiles, noise: boolean): Promise<TileLook[]>;
  /** The same tiles with some things changed, one change each; opens no file. */
  changeTiles(tiles: OpenTiles, changes: TileChange[]): OpenTiles;
  autoGrid(tiles: OpenTiles, options: GridOptions): Promise<OutputGrid>;
  likeGrid(path: string): Promise<OutputGrid>;
  openDevice(
    tiles: OpenTiles,
    grid: OutputGrid,
    pixels: PixelOptions,
    backend: BackendName,
    device: number,
    threads: number,
  ): Promise<Device>;
  /** Throws where the unfinished file of an output is none of ours. */
  checkUnfinished(path: string): void;
  /** Puts the files of a complete output that are not in their places there. */
  placeParts(parts: OutputPart[], force: boolean): Promise<FinishFacts>;
  writePreview(mosaic: string, png: string, maxSide: number): Promise<void>;
  /** Writes a picture of the coverage in HDU `hdu`. */
  writeCoverage(mosaic: string, hdu: number, png: string, maxSide: number): Promise<void>;
  simulate(dir: string, sky: string | SkyLayout, seed: number): Promise<string[]>;
  /** Compares a mosaic on `grid`, made from the tiles that `simulate` makes of a layout, with their sky. */
  scoreMosaic(mosaic: string, grid: string, sky: SkyLayout, seed: number): Promise<AccuracyFacts>;
  /** Pixels per second of the simplest bilinear warp on this machine. */
  warpCeiling(threads: number): Promise<number>;
}
