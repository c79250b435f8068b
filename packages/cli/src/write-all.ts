type Write = (fd: number, bytes: Uint8Array, offset: number) => number;

/** Writes the whole text synchronously, so that lines of both streams keep their order and none is lost at exit. */
export function writeAll(write: Write, fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += write(fd, bytes, at);
    } catch (error) {
      const code = (error as { code?: string }).code;
      // A reader that went away (`| head`) is not a failure of the run; a full pipe is retried.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Bun.sleepSync(1);
    }
  }
}
