/** What a node says to Prometheus: counts of it and of its process, nothing of anybody who calls. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VolunteerLimit, VolunteerRule, VolunteerState } from '../../shared/volunteer.ts';
import type { StatusReport } from './control-protocol.ts';

const STATES = VolunteerState.shape.state.options;
const BITS_PER_KBIT = 1_000;

export class NodeMetrics {
  readonly #status: () => StatusReport;
  readonly #registry = new Registry();
  readonly #state = this.#gauge('state', 'Of the states a node can be in, 1 for the present one', ['state']);
  readonly #rest = this.#gauge('rest', 'Of the rules that keep it from serving, 1 for the one that does', [
    'rule',
  ]);
  readonly #restUntil = this.#gauge(
    'rest_until_timestamp_seconds',
    'When that rule lets it serve again; 0 where that is not known',
  );
  readonly #bridges = this.#gauge('bridges', 'Calls carried now');
  readonly #bridgesLimit = this.#gauge('bridges_limit', 'Calls carried at once, at most');
  readonly #rate = this.#gauge('rate_bits_per_second', 'What all bridges together carry');
  readonly #limit = this.#gauge('limit_bits_per_second', 'What they may carry now, by what sets the limit', [
    'by',
  ]);
  readonly #people = this.#counter('people_helped', 'People helped since the start');
  readonly #bytes = this.#counter('forwarded_bytes', 'Passed on since the start, each byte once');
  readonly #refused = this.#counter('refused', 'Turned away since the start, because it was full');
  readonly #worked = this.#counter('worked', 'Bridges ever to which both sides came and sent');
  readonly #failed = this.#counter('failed', 'Bridges ever at which one side waited in vain');
  readonly #used = this.#gauge('allowance_used_bytes', 'In and out in this month');
  readonly #allowance = this.#gauge('allowance_bytes', 'What may be used in a month; +Inf for any number');
  readonly #cpu = this.#gauge('cpu_ratio', 'Of one processor, since the last measurement');
  readonly #memory = this.#gauge('memory_bytes', 'What the process holds');
  readonly #connected = this.#gauge('server_connected', '1 while the rendezvous server is connected');
  readonly #clockOffset = this.#gauge(
    'server_clock_offset_seconds',
    "How far the server's clock is ahead of ours; NaN while it is not connected",
  );
  readonly #info = this.#gauge('info', 'Always 1', ['version']);

  /** Collects those of the process too. */
  constructor(status: () => StatusReport) {
    this.#status = status;
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** As things stand now, in Prometheus' text form. */
  text(): Promise<string> {
    this.#read(this.#status());
    return this.#registry.metrics();
  }

  #read({ version, server, clockOffsetMs, rules, volunteer }: StatusReport): void {
    for (const state of STATES) this.#state.set({ state }, Number(state === volunteer.state));
    for (const rule of VolunteerRule.options) this.#rest.set({ rule }, Number(rule === volunteer.rest?.rule));
    this.#restUntil.set((volunteer.rest?.untilMs ?? 0) / 1_000);
    this.#bridges.set(volunteer.bridges.length);
    this.#bridgesLimit.set(rules.bridges);
    this.#rate.set(volunteer.bridges.reduce((sum, { kbitPerS }) => sum + kbitPerS, 0) * BITS_PER_KBIT);
    this.#limit.reset();
    for (const by of VolunteerLimit.options)
      if (by === volunteer.limit.by) this.#limit.set({ by }, volunteer.limit.kbitPerS * BITS_PER_KBIT);
    setCounter(this.#people, volunteer.peopleHelped);
    setCounter(this.#bytes, volunteer.bytesForwarded);
    setCounter(this.#refused, volunteer.refused);
    setCounter(this.#worked, volunteer.worked);
    setCounter(this.#failed, volunteer.failed);
    this.#used.set(volunteer.month.usedBytes);
    this.#allowance.set(volunteer.month.allowanceBytes ?? Number.POSITIVE_INFINITY);
    this.#cpu.set(volunteer.cost.cpuPercent / 100);
    this.#memory.set(volunteer.cost.memoryBytes);
    this.#connected.set(Number(server.state === 'connected'));
    this.#clockOffset.set(clockOffsetMs === null ? Number.NaN : clockOffsetMs / 1_000);
    this.#info.set({ version }, 1);
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `byway_node_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name: `byway_node_${name}_total`, help, registers: [this.#registry] });
  }
}

/** It was counted elsewhere. */
function setCounter(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
