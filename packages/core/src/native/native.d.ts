// The door between TypeScript and Rust (generated from crates/binding later with these very names). Pixels never cross it.
export interface HostFacts { threads: number; ramTotal: number; ramAvailable: number; cgroupLimit?: number; power: string /* mains|battery|unknown */; peakRss: number; simd: string; version: string }
export declare function hostFacts(): HostFacts
export declare function diskFree(path: string): number | null

export interface Problem { code: string; message: string }
export interface WcsFacts { projection: string; frame: string; scaleArcsec: number; center: number[] /* ICRS deg of the image centre */; rotationDeg: number; mirrored: boolean; distortion?: string; warnings: string[] }
export interface HduFacts {
  index: number; name?: string; kind: string /* image | compressed | table | empty | other */; bitpix: number; axes: number[]
  planes?: number; width?: number; height?: number; interleaved?: boolean; shapeProblem?: Problem
  wcs?: WcsFacts; wcsProblem?: Problem          // wcsProblem.code no_celestial = simply none there
  keywords: Record<string, string | number | boolean>   // FILTER BUNIT EXPTIME DATE-OBS DATE-END MJD-OBS FLXSCALE OBJECT BAYERPAT COLORTYP CFA... MT_NFRAMES ZMT_NALGN ZMT_NRAW NRAWPROC NRAWINIT NCOMBINE, EXTNAME, IMAGETYP, + the keywords asked for
}
export interface FileFacts { path: string; bytes: number; problem?: Problem; warnings: string[]; hdus: HduFacts[] }
/** Reads headers only, in parallel; never rejects for a bad file (its `problem` says why). */
export declare function readFacts(paths: string[], keywords: string[]): Promise<FileFacts[]>

export interface PixelCounts { finite: number; nan: number; min: number; max: number }
export declare function countPixels(path: string, hdu: number, threads: number): Promise<PixelCounts>   // used by `inspect` alone

export interface TileSpec { path: string; hdu: number; weight: number /* tile weight */; fluxScale: number; weightMap?: PlaneSource; alpha?: PlaneSource }
export interface PlaneSource { path: string; hdu: number }
/** Opened tiles. Order = input order. */
export declare class Tiles { static open(specs: TileSpec[]): Promise<Tiles> }   // rejects with code + message when a file changed or a map has another shape

export interface GridOptions { projection?: string; scaleArcsec?: number; center?: number[]; size?: number[]; rotation: string /* north-up | auto */ }
export interface GridFacts { width: number; height: number; projection: string; frame: string; scaleArcsec: number; center: number[]; rotationDeg: number; tilePixels: number; /** index of the tile farthest from the others and its distance, for the refusal of absurd grids */ outlier: number; outlierDeg: number; dropped: number[] /* tiles that cannot be placed on this grid */ }
export declare class Grid { static auto(tiles: Tiles, options: GridOptions): Promise<Grid>; static like(path: string /* FITS image or text header */): Promise<Grid>; facts(): GridFacts }

export interface PixelOptions { kernel: string /* nearest|bilinear */; combine: string /* mean */; mapErrorPx: number; useAlpha: boolean }
/** What a chunk of output rows needs of a tile: for each block of 64 output rows from `firstBlock`: [outX0, outX1, tileX0, tileX1, tileY0, tileY1] half-open; all 0 when the tile does not meet the block. */
export interface TileProfile { firstBlock: number; blocks: Int32Array }
export interface OutputSpec { path: string; cards: Card[]; split: boolean; force: boolean; sync: boolean }
export interface Card { key: string; value?: string | number | boolean; comment?: string; integer?: boolean }   // key HISTORY/COMMENT: value is the text
export interface ChunkRequest { channel: number /* first, 0-based */; channels: number; row0: number; rows: number; nextRow0?: number; nextRows?: number /* read ahead */ }
export interface StageMs { map: number; read: number; upload: number; kernel: number; download: number; write: number; wait: number }
export interface ChunkOutcome {
  kind: string /* done | oom | too_big_ever | device_lost | failed */; message?: string
  asked?: number; free?: number; total?: number; at?: string        // oom
  ms: StageMs; bytesRead: number; bytesWritten: number; peakBytes: number /* host (cpu) or device bytes at the peak of this chunk */
  tiles: number; covered: number /* pixels with coverage > 0 */; deadInOneChannel: number; mapErrorPx: number /* largest measured */
  damaged: TileDamage[]                                              // tile rows that could not be read: treated as uncovered
}
export interface TileDamage { tile: number; message: string }
export interface FinishFacts { paths: string[]; bytes: number; syncMs: number }
/** One output being made. */
export declare class Session {
  static open(tiles: Tiles, grid: Grid, pixels: PixelOptions, backend: string /* cpu */, threads: number): Promise<Session>
  profiles(): TileProfile[]                 // available before createOutput: `plan` stops here
  createOutput(output: OutputSpec): void    // throws code exists|no_space|not_writable|locked
  runChunk(request: ChunkRequest): Promise<ChunkOutcome>
  finish(): Promise<FinishFacts>            // checksums, fsync, rename
  abandon(): void                           // removes the temporary file
}
export declare function writePreview(mosaic: string, png: string, maxSide: number): Promise<void>
export declare function simulate(dir: string, preset: string /* demo */, seed: number): Promise<string[]>
// Errors thrown or rejected carry `code` (snake_case) and `message` (one line for the user).
