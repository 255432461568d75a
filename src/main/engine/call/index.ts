export { Calls } from './calls.ts';
export { RefusedError } from './errors.ts';
export { People } from './people.ts';
export { Postbox } from './postbox.ts';
