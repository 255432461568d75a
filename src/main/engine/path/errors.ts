/** Every channel number is in use: there are thousands of open sessions, which means that someone forgets to close them. */
export class ChannelsUsedUpError extends Error {
  override readonly name = 'ChannelsUsedUpError';

  constructor() {
    super('All channel numbers are in use. Close sessions that are no longer needed.');
  }
}
