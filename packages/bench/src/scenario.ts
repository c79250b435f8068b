import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, asProblem, Exit, LONGEST, readSmallText, type SkyLayout } from '@zemosaic/core';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

const FOLDER = join(import.meta.dir, '../scenario');

const Layout = Type.Object(
  {
    columns: Type.Integer({ minimum: 1 }),
    rows: Type.Integer({ minimum: 1 }),
    repeats: Type.Integer({ minimum: 1 }),
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    overlap: Type.Number(),
    dither_px: Type.Number(),
    turn_deg: Type.Number(),
    /** All tiles are turned by this besides. */
    angle_deg: Type.Optional(Type.Number()),
    colour: Type.Boolean(),
    scale_arcsec: Type.Number(),
    distortion: Type.Union([Type.Literal('none'), Type.Literal('sip'), Type.Literal('tpv')]),
    corner_px: Type.Number(),
    noise: Type.Number(),
    stars_per_square_degree: Type.Number(),
    /** How files hold the pixels: plain floats, with a plane of opacity, or compressed. */
    storage: Type.Optional(
      Type.Union([Type.Literal('plain'), Type.Literal('alpha'), Type.Literal('rice'), Type.Literal('gzip')]),
    ),
  },
  { additionalProperties: false },
);

export const ScenarioSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }),
    about: Type.String(),
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295 }),
    layout: Layout,
    /** How fast tiles can be read; without it, as fast as the machine can. */
    disk_mb_per_s: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Its GPU is a driver whose kernels and copies do nothing, so that the host's work is measured. */
    driver: Type.Optional(Type.Literal('null')),
    /** Debug levers that are set for its runs. */
    environment: Type.Optional(
      Type.Record(Type.String({ pattern: '^ZEMOSAIC_(PRETEND_VRAM_MB|INJECT_OOM|PRETEND_POWER)$' }), Type.String(), {
        additionalProperties: false,
      }),
    ),
  },
  { additionalProperties: false },
);

export type Scenario = Static<typeof ScenarioSchema>;

export function scenarioNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/**
 * Loads a scenario by its name, or by the path of the user's JSON file.
 * @throws AppError exit 2 that says what is wrong with it.
 */
export function loadScenario(word: string): Scenario {
  const own = word.endsWith('.json');
  if (!own && !scenarioNames().includes(word)) {
    const known = scenarioNames().join(', ');
    throw new AppError(Exit.usage, 'bad_value', `--scenario ${word} is not one of ${known}, nor a .json file`);
  }
  const path = own ? word : join(FOLDER, `${word}.json`);
  let json: unknown;
  try {
    json = JSON.parse(readSmallText(path, LONGEST.settings));
  } catch (error) {
    throw new AppError(Exit.usage, 'bad_scenario', `--scenario ${path} cannot be read: ${asProblem(error).reason}`);
  }
  if (!Value.Check(ScenarioSchema, json)) {
    const first = [...Value.Errors(ScenarioSchema, json)][0];
    const where = first === undefined ? '' : `: ${first.instancePath.slice(1).replaceAll('/', '.')} ${first.message}`;
    throw new AppError(Exit.usage, 'bad_scenario', `--scenario ${path} is not a scenario${where}`);
  }
  return json;
}

export function skyOf({ layout }: Scenario): SkyLayout {
  const { dither_px, turn_deg, angle_deg, scale_arcsec, corner_px, stars_per_square_degree, storage, ...same } = layout;
  return {
    ...same,
    ditherPx: dither_px,
    turnDeg: turn_deg,
    angleDeg: angle_deg ?? 0,
    storage: storage ?? 'plain',
    scaleArcsec: scale_arcsec,
    cornerPx: corner_px,
    starsPerSquareDegree: stars_per_square_degree,
  };
}

export function tileCount({ layout }: Scenario): number {
  return layout.columns * layout.rows * layout.repeats;
}

/** Input pixels of one plane, in millions. */
export function megapixels(scenario: Scenario): number {
  return (tileCount(scenario) * scenario.layout.width * scenario.layout.height) / 1e6;
}
