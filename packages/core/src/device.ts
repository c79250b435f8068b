import type {
  AccuracyFacts,
  BackendName,
  BackgroundFacts,
  ChunkOutcome,
  ChunkRequest,
  CudaFacts,
  DeviceMemory,
  FileFacts,
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
  OutputSpec,
  PixelCounts,
  PixelOptions,
  SkyLayout,
  TileSpec,
  WgpuFacts,
} from './native/native.d.ts';

// The generated types, under the one name the rest of the core knows them by.
export type {
  AccuracyFacts,
  BackendName,
  BackgroundFacts,
  BackgroundModel,
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
  OutputSpec,
  PixelCounts,
  PixelOptions,
  PlaneSource,
  Problem,
  Processor,
  Rotation,
  SkyLayout,
  StageMs,
  TileDamage,
  TileMatch,
  TileSpec,
  WcsFacts,
  WeightMap,
  WgpuFacts,
} from './native/native.d.ts';

/** One output being made on one backend. It reports facts and outcomes and decides nothing. */
export interface Device {
  /** Which tiles meet the output anywhere, in input order. */
  meeting(): boolean[];
  /** The tallest chunk at a row that fits the bounds, and what it takes. Cheap: nothing is read or allocated. */
  fit(request: FitRequest, bounds: FitBounds): Fit;
  /** Brings the tiles to one level, as their overlaps tell, for the chunks to come. */
  matchBackground(options: MatchOptions): Promise<BackgroundFacts>;
  /** Begins the output, or goes on with an unfinished one: how many of `done`, from the first on, it holds. */
  createOutput(output: OutputSpec): number;
  /** Free and total memory once the device is idle; null when unknown. */
  probe(): Promise<DeviceMemory | null>;
  /** Gives back every device buffer kept for reuse. */
  reclaim(): Promise<void>;
  setLevers(levers: Levers): void;
  /** The next `count` device attempts run out of memory. */
  injectOom(count: number): void;
  runChunk(request: ChunkRequest): Promise<ChunkOutcome>;
  /** Waits until the disk has what the chunks so far wrote. */
  flush(): Promise<void>;
  finish(): Promise<FinishFacts>;
  /** Gives up. What is unfinished stays only with `keep`. */
  abandon(keep: boolean): void;
}

/** Opened tiles, in input order. Opaque: only the engine looks inside. */
export type OpenTiles = object;

/** Gzip files that were unpacked to read their headers, so that opening their tiles need not do it again. */
export interface Unpacked {
  /** Lets go of all; what tiles read from stays with them. */
  clear(): void;
}

export interface OutputGrid {
  facts(): GridFacts;
  /** The border of each tile: x, y, x, y... in pixels of the grid, NaN where it has no place there. */
  outlines(tiles: OpenTiles): Float64Array[];
}

/** Everything a run asks of the machine. The addon implements it; tests script it. */
export interface Engine {
  hostFacts(): HostFacts;
  /** Free bytes of the disk that holds `path`; null when unknown. */
  diskFree(path: string): number | null;
  /** Free memory only with `withFree`: learning it takes time on each device. */
  cudaFacts(withFree: boolean): CudaFacts;
  wgpuFacts(): WgpuFacts;
  /** Kernels that devices have; the CPU has them all. */
  deviceKernels(): Kernel[];
  /** A place for files that have to be unpacked. */
  unpacked(): Unpacked;
  /**
   * Files that have to be unpacked for it stay in `unpacked`. `alternate`: the letter of the WCS to take, when it is not
   * the primary one.
   */
  readFacts(paths: string[], keywords: string[], unpacked: Unpacked, alternate?: string): Promise<FileFacts[]>;
  countPixels(path: string, hdu: number, unpacked: Unpacked): Promise<PixelCounts>;
  /** Pixels of a mask with one of the bits, or with any when they are not given, and all its pixels. */
  countFlagged(path: string, hdu: number, bits: number | undefined, unpacked: Unpacked): Promise<[number, number]>;
  /** The median difference of neighbours in the middle of an image; null where too few differ. */
  sampleNoise(path: string, hdu: number, unpacked: Unpacked): Promise<number | null>;
  /** Whether the last of four planes holds opacities. */
  fourthIsAlpha(path: string, hdu: number, unpacked: Unpacked): Promise<boolean>;
  openTiles(specs: TileSpec[], unpacked: Unpacked): Promise<OpenTiles>;
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
  writePreview(mosaic: string, png: string, maxSide: number): Promise<void>;
  /** A picture of the coverage in HDU `hdu`. */
  writeCoverage(mosaic: string, hdu: number, png: string, maxSide: number): Promise<void>;
  simulate(dir: string, sky: string | SkyLayout, seed: number): Promise<string[]>;
  /** A mosaic on `grid` of the tiles that `simulate` makes of a layout, against their sky. */
  scoreMosaic(mosaic: string, grid: string, sky: SkyLayout, seed: number): Promise<AccuracyFacts>;
  /** Pixels per second of the plainest bilinear warp on this machine. */
  warpCeiling(threads: number): Promise<number>;
}
