/** Why the headless host cannot start. Every message is for the person at the terminal. */

/** Flags, variables or a file that cannot be used. */
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

/** The port for the metrics cannot be had. */
export class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError';

  constructor(host: string, port: number, why: string, options?: ErrorOptions) {
    super(
      `Metrics cannot be served on port ${port} of ${host}: ${why}. Choose another one with --metrics.`,
      options,
    );
  }
}

/** Nothing, or nobody that we may ask, answers at the control socket of a data folder. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** Who runs there did not answer, or in words of another version. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}
