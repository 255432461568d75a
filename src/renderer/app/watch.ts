/** Mirrors the engine's `watch` procedures into the stores, for as long as a line stands. */

import { hearCall } from '../call/follow.ts';
import { callStore } from '../call/store.ts';
import { contactsStore } from '../contacts/store.ts';
import { networkStore } from '../diagnostics/store.ts';
import { volunteerStore } from '../volunteer/store.ts';
import { consumeWatch } from './consume.ts';
import type { EngineClient } from './engine.ts';
import { appStore } from './store.ts';

/** Starts all watches; they end with `line`. */
export function watchEngine(client: EngineClient, line: AbortSignal): void {
  consumeWatch(
    (signal) => client.app.watch(undefined, { signal }),
    (state) => appStore.setState({ state }),
    line,
  );
  consumeWatch(
    (signal) => client.contacts.watch(undefined, { signal }),
    (people) => contactsStore.setState({ people }),
    line,
  );
  consumeWatch(
    (signal) => client.calls.watch(undefined, { signal }),
    ({ call }) => hearCall(call),
    line,
  );
  consumeWatch(
    (signal) => client.calls.recent(undefined, { signal }),
    ({ records }) => callStore.setState({ records }),
    line,
  );
  consumeWatch(
    (signal) => client.network.watch(undefined, { signal }),
    (network) => networkStore.setState({ network }),
    line,
  );
  consumeWatch(
    (signal) => client.network.report(undefined, { signal }),
    (report) => networkStore.setState({ report }),
    line,
  );
  consumeWatch(
    (signal) => client.volunteer.watch(undefined, { signal }),
    (volunteer) => volunteerStore.setState({ volunteer }),
    line,
  );
}
