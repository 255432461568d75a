/** The whole way on Linux: a real child process, this system's own files, and what comes out of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realOutside } from '../engine/outside/real.ts';
import { headlessMachine } from './index.ts';

const BUSCTL = `#!/bin/sh
case "$*" in
  *GetManagedObjects*) echo '{"data":[{"/org/freedesktop/NetworkManager":{"org.freedesktop.NetworkManager":{"Metered":{"type":"u","data":1}}},
    "/a":{"org.freedesktop.NetworkManager.Connection.Active":{"Id":{"data":"Phone"},"Type":{"data":"gsm"},"State":{"data":2},"Devices":{"data":["/d"]}}},
    "/d":{"org.freedesktop.NetworkManager.Device":{"Interface":{"data":"wwan7"}}}}]}' ;;
  *login1*) echo '{"data":[{"IdleHint":{"data":true},"IdleSinceHint":{"data":0}}]}' ;;
esac
`;

describe.runIf(process.platform === 'linux')('the machine of a host without a window', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byway-machine-'));
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = () => headlessMachine({ clock: realOutside.clock, logger: pino({ level: 'silent' }) });

  it('tells what the system says', async () => {
    writeFileSync(join(folder, 'busctl'), BUSCTL, { mode: 0o755 });
    const machine = make();
    const changed = vi.fn();
    const stop = machine.onChange(changed);
    machine.facts();
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    const facts = machine.facts();
    stop();
    expect(facts.metered).toBe(true);
    expect(facts.networks).toContainEqual({ interfaceName: 'wwan7', name: 'Phone' });
    expect(facts.idleS).toBeGreaterThan(1_000_000_000);
  });

  it('tells less where the system says nothing', async () => {
    writeFileSync(join(folder, 'busctl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const machine = make();
    const stop = machine.onChange(() => undefined);
    machine.facts();
    await vi.waitFor(() => expect(machine.facts().networks ?? machine.facts().onBattery).toBeDefined());
    expect(machine.facts()).not.toHaveProperty('metered');
    expect(machine.facts()).not.toHaveProperty('idleS');
    stop();
  });
});
