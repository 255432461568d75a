import { readdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import { realOutside } from './real.ts';

const { network } = realOutside;
const bind = (port: number) =>
  network.bind(
    'IPv4',
    port,
    () => undefined,
    () => undefined,
    '127.0.0.1',
  );

/** The descriptors of this process; none where the system does not list them, and then the count says nothing. */
const openDescriptors = async () => (platform() === 'linux' ? (await readdir('/proc/self/fd')).length : 0);

describe('a port that is taken', () => {
  it('costs no descriptor, however often it is tried', async () => {
    const taken = await bind(0);
    const before = await openDescriptors();

    for (let attempt = 0; attempt < 20; attempt++) {
      await expect(bind(taken.port)).rejects.toThrow('EADDRINUSE');
    }

    // Closing one takes a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await openDescriptors()).toBeLessThanOrEqual(before);
    taken.close();
  });
});
