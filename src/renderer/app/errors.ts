/** The engine cannot be reached at the moment; nothing was asked of it. */
export class EngineAwayError extends Error {
  override readonly name = 'EngineAwayError';
  constructor() {
    super('The engine does not answer.');
  }
}
