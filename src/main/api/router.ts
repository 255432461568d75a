/** The contract of `shared/contract.ts`, implemented by an engine. Inputs and outputs are checked against their schemas. */
import type { Engine } from '../engine/index.ts';
import { appHandlers } from './app.ts';
import { callHandlers } from './calls.ts';
import { contactHandlers } from './contacts.ts';
import { implementer } from './implementer.ts';
import { networkHandlers } from './network.ts';
import { volunteerHandlers } from './volunteer.ts';

export function createRouter(engine: Engine) {
  return implementer.router({
    app: appHandlers(implementer.app, engine),
    contacts: contactHandlers(implementer.contacts, engine),
    calls: callHandlers(implementer.calls, engine),
    network: networkHandlers(implementer.network, engine),
    volunteer: volunteerHandlers(implementer.volunteer, engine),
  });
}
