// What a package is made of, as CycloneDX 1.6 (https://cyclonedx.org/specification/overview/), without times or random numbers,
// so that the same sources give the same text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { linked } from './third-party.mjs';

/** The name of the file in each package. */
export const SBOM = 'sbom.cdx.json';

function sbom(type, name, version, components) {
  const own = { type, 'bom-ref': `pkg:npm/${name.replace('@', '%40')}@${version}`, name, version };
  const sorted = components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const contents = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...own, purl: own['bom-ref'], licenses: [{ expression: 'MIT OR Apache-2.0' }] } },
    components: sorted,
    dependencies: [{ ref: own['bom-ref'], dependsOn: sorted.map((one) => one['bom-ref']) }],
  };
  return `${JSON.stringify(contents, null, 1)}\n`;
}

function component(purl, name, version, license, hashes) {
  const licenses = license ? { licenses: [{ expression: license.replaceAll('/', ' OR ') }] } : {};
  return { type: 'library', 'bom-ref': purl, name, version, ...licenses, ...hashes, purl };
}

/** Of the native part: every crate that is linked into it. C sources (cfitsio, bzip2) are in the crates of their names. */
export function nativeSbom(name, version) {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const sums = new Map(
    [...lock.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "(\w+)"/g)].map(
      ([, crate, of, sum]) => [`${crate}@${of}`, sum],
    ),
  );
  const crates = linked().map((one) => {
    const content = sums.get(`${one.name}@${one.version}`);
    const hashes = content === undefined ? {} : { hashes: [{ alg: 'SHA-256', content }] };
    return component(`pkg:cargo/${one.name}@${one.version}`, one.name, one.version, one.license, hashes);
  });
  return sbom('library', name, version, crates);
}

/** Of a package of TypeScript: what it depends on, without the packages of this repository that it names. */
export function scriptSbom(name, version, dependencies) {
  const parts = Object.entries(dependencies).map(([key, of]) => {
    const purl = `pkg:npm/${key.replace('@', '%40')}@${of}`;
    return component(purl, key, of, null, {});
  });
  return sbom('application', name, version, parts);
}
