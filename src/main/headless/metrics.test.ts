import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { MetricsPortError } from './errors.ts';
import { NodeMetrics } from './metrics.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import { reportWith } from './testing/report.ts';

const logger = pino({ level: 'silent' });
let server: MetricsServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(read: Pick<NodeMetrics, 'text' | 'contentType'>): Promise<string> {
  server = await serveMetrics({ host: '127.0.0.1', port: 0 }, read, logger);
  return server.url;
}

describe('metrics of a node', () => {
  test('say what it does and has done, and nothing of anybody', async () => {
    const text = await new NodeMetrics(() => reportWith()).text();

    for (const line of [
      'byway_node_state{state="offered"} 1',
      'byway_node_state{state="resting"} 0',
      'byway_node_rest{rule="schedule"} 0',
      'byway_node_bridges 2',
      'byway_node_bridges_limit 4',
      'byway_node_rate_bits_per_second 2500000',
      'byway_node_limit_bits_per_second{by="up"} 20000000',
      'byway_node_people_helped_total 84',
      'byway_node_forwarded_bytes_total 12345678901',
      'byway_node_refused_total 3',
      'byway_node_worked_total 42',
      'byway_node_failed_total 1',
      'byway_node_allowance_used_bytes 120000000000',
      'byway_node_allowance_bytes 200000000000',
      'byway_node_cpu_ratio 0.021',
      'byway_node_memory_bytes 95000000',
      'byway_node_server_connected 1',
      'byway_node_server_clock_offset_seconds 0.012',
      'byway_node_info{version="1.2.3"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^nodejs_active_resources_total \d+$/m);
    expect(text).not.toMatch(/meet\.example|\d+\.\d+\.\d+\.\d+/);
  });

  test('follow it', async () => {
    let report = reportWith();
    const metrics = new NodeMetrics(() => report);
    await metrics.text();
    report = reportWith(
      {
        state: 'resting',
        rest: { rule: 'schedule', untilMs: 1_800_000_600_000 },
        limit: { kbitPerS: 100, by: 'latency' },
        month: { usedBytes: 1, allowanceBytes: null, renewsMs: 1 },
        worked: 43,
      },
      { clockOffsetMs: null, server: { url: '', embedded: false, state: 'waiting' } },
    );

    const text = await metrics.text();

    for (const line of [
      'byway_node_state{state="offered"} 0',
      'byway_node_state{state="resting"} 1',
      'byway_node_rest{rule="schedule"} 1',
      'byway_node_rest_until_timestamp_seconds 1800000600',
      'byway_node_limit_bits_per_second{by="latency"} 100000',
      'byway_node_worked_total 43',
      'byway_node_allowance_bytes +Inf',
      'byway_node_server_connected 0',
      'byway_node_server_clock_offset_seconds Nan',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('by="up"');
  });
});

describe('the port of the metrics', () => {
  test('gives them and nothing else', async () => {
    const url = await serve(new NodeMetrics(() => reportWith()));
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('byway_node_bridges 2');
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  test("is said to be taken, or somebody else's", async () => {
    const metrics = new NodeMetrics(() => reportWith());
    const port = Number(new URL(await serve(metrics)).port);
    const again = serveMetrics({ host: '127.0.0.1', port }, metrics, logger);
    await expect(again).rejects.toThrow(
      `Metrics cannot be served on port ${port} of 127.0.0.1: it is taken by another program. Choose`,
    );
    const elsewhere = serveMetrics({ host: '192.0.2.1', port: 0 }, metrics, logger);
    await expect(elsewhere).rejects.toBeInstanceOf(MetricsPortError);
  });
});
