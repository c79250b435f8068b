type Write = (fd: number, bytes: Uint8Array, offset: number) => number;

/**
 * Writes the whole text synchronously, so that lines of both streams keep their order and none is lost at exit. A log on a
 * full disk costs its lines, not the run: returns why the rest of the text is lost, null if nothing is.
 */
export function writeAll(write: Write, fd: number, text: string): string | null {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += write(fd, bytes, at);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      // A reader that went away (`| head`) has seen what it wanted; a full pipe is retried.
      if (code === 'EPIPE') return null;
      if (code !== 'EAGAIN') return message.replace(/^E[A-Z]+: |, write$/g, '');
      Bun.sleepSync(1);
    }
  }
  return null;
}
