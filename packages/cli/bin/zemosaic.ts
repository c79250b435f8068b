#!/usr/bin/env bun
import { writeSync } from 'node:fs';
import { nativeEngine } from '@zemosaic/core';
import { main } from '../src/main.ts';
import { writeAll } from '../src/write-all.ts';

/** Why results on stdout are lost. */
let lost: string | null = null;

process.exitCode = await main(process.argv.slice(2), {
  engine: nativeEngine,
  environment: process.env,
  streams: {
    out: (text) => {
      lost = writeAll(writeSync, 1, text) ?? lost;
    },
    err: (text) => {
      writeAll(writeSync, 2, text);
    },
  },
  lost: () => lost,
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
});
