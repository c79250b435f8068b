export { type Comparison, compare, comparisonTable } from './compare.ts';
export { type Race, racePeers } from './peers/race.ts';
export { peersTable, savePeers } from './peers/report.ts';
export { readSaved, type Saved } from './record.ts';
export { resultFolder, saveBench } from './save.ts';
export { loadScenario, type Scenario, scenarioNames } from './scenario.ts';
export { needsSlowDisk, noSlowDisk, onSlowDisk } from './slow-disk.ts';
export { type ChunkSize, type SweepRequest, sweep } from './sweep.ts';
export { summaryTable } from './table.ts';
