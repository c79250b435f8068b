#!/usr/bin/env bun
import { run } from '../src/run.ts';

await run(null);
