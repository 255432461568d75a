/** Why the headless host cannot start. Every message is for the person at the terminal. */

/** A flag that cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** The port for the interface is another program's. */
export class InterfacePortTakenError extends Error {
  override readonly name = 'InterfacePortTakenError';

  constructor(port: number, options?: ErrorOptions) {
    super(
      `Port ${port} on 127.0.0.1 is taken by another program: choose another one with --listen, or leave it out.`,
      options,
    );
  }
}

/** The interface was not built. */
export class InterfaceMissingError extends Error {
  override readonly name = 'InterfaceMissingError';

  constructor(directory: string, options?: ErrorOptions) {
    super(`The interface is not in ${directory}: run "npm run build" first.`, options);
  }
}
