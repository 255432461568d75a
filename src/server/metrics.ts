/** What the server counts, for Prometheus. A registry of its own, so that several servers fit in one process. */
import { Counter, Gauge, Registry } from 'prom-client';

/** Sizes that are read when somebody scrapes, not kept up to date. */
export interface Gauges {
  readonly connections: () => number;
  readonly connectedDevices: () => number;
  readonly resumableDevices: () => number;
  readonly mailboxEnvelopes: () => number;
  readonly mailboxBytes: () => number;
  readonly relayBridges: () => number;
  readonly relayBytes: () => number;
  readonly nodes: () => number;
  readonly nodesWithRoom: () => number;
}

export class Metrics {
  readonly registry = new Registry();

  readonly upgradesRefused = this.#counter(
    'byway_upgrades_refused_total',
    'WebSocket handshakes refused, by reason.',
    ['reason'],
  );
  readonly authentications = this.#counter(
    'byway_authentications_total',
    'Attempts to authenticate, by result.',
    ['result'],
  );
  readonly framesReceived = this.#counter(
    'byway_frames_received_total',
    'Valid frames from clients, by type.',
    ['type'],
  );
  readonly envelopes = this.#counter(
    'byway_envelopes_total',
    'Envelopes sent by clients, by what became of them.',
    ['result'],
  );
  readonly deliveries = this.#counter('byway_deliveries_total', 'Envelopes handed to a connected machine.', [
    'moment',
  ]);
  readonly goodbyes = this.#counter('byway_goodbyes_total', 'Connections ended by the server, by reason.', [
    'reason',
  ]);
  readonly carrierChoices = this.#counter(
    'byway_carrier_choices_total',
    'Answers to who could forward a call, by the best that was named.',
    ['result'],
  );
  readonly carrierReports = this.#counter(
    'byway_carrier_reports_total',
    'Reports of how carriers did, by what they were taken for.',
    ['outcome'],
  );
  readonly stunRequests = this.#counter(
    'byway_stun_datagrams_total',
    'Datagrams at the STUN port, by result.',
    ['family', 'result'],
  );

  constructor(version: string) {
    new Gauge({
      name: 'byway_build_info',
      help: 'Always 1; the version is the label.',
      labelNames: ['version'],
      registers: [this.registry],
    }).set({ version }, 1);
  }

  /** Adds the sizes, once the parts that have them exist. */
  observe(gauges: Gauges): void {
    this.#gauge('byway_connections', 'Open WebSocket connections.', gauges.connections);
    this.#gauge('byway_devices_connected', 'Authenticated machines.', gauges.connectedDevices);
    this.#gauge(
      'byway_devices_resumable',
      'Machines whose connection dropped lately.',
      gauges.resumableDevices,
    );
    this.#gauge('byway_mailbox_envelopes', 'Envelopes kept for later.', gauges.mailboxEnvelopes);
    this.#gauge('byway_mailbox_bytes', 'Bytes of envelopes kept for later.', gauges.mailboxBytes);
    this.#gauge('byway_relay_bridges', 'Calls on the public relay.', gauges.relayBridges);
    this.#gauge('byway_nodes', 'Nodes that volunteers offer.', gauges.nodes);
    this.#gauge(
      'byway_nodes_open',
      'Nodes that were reached and have room: calls may be sent to them.',
      gauges.nodesWithRoom,
    );
    this.#gauge('byway_relay_bytes', 'Bytes that the public relay has forwarded.', gauges.relayBytes);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
