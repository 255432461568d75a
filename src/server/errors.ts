/** What can keep the server from starting, in words an operator can act on. */

/** Another program has the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly transport: 'TCP' | 'UDP';
  readonly port: number;

  /** @param flag what chooses another port */
  constructor(transport: 'TCP' | 'UDP', port: number, flag: string, cause: unknown) {
    super(
      `${transport} port ${port} is taken by another program; stop it, or choose another port with ${flag}`,
      { cause },
    );
    this.transport = transport;
    this.port = port;
  }
}

/** The bind address is none of this machine's, or names nothing. */
export class BindAddressError extends Error {
  override readonly name = 'BindAddressError';

  constructor(host: string, cause: unknown) {
    super(`cannot listen on ${host}: it is not an address of this machine`, { cause });
  }
}

/** Addresses for STUN that cannot be used together. */
export class StunAddressError extends Error {
  override readonly name = 'StunAddressError';
  readonly flag: 'stun-host' | 'stun-alternate-host';
  /** What to do about it; reads on after the flag. */
  readonly problem: string;

  constructor(flag: 'stun-host' | 'stun-alternate-host', problem: string) {
    super(`--${flag} ${problem}`);
    this.flag = flag;
    this.problem = problem;
  }
}

/** Flags or environment that cannot be used. Each problem names its flag and says what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * What a failed bind means for an operator; anything unexpected stays as it is.
 *
 * @param flag what chooses another port
 */
export function bindError(
  error: unknown,
  transport: 'TCP' | 'UDP',
  host: string,
  port: number,
  flag: string,
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new PortTakenError(transport, port, flag, error);
  const isAddressError =
    code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL' || code === 'ENOTFOUND';
  return isAddressError ? new BindAddressError(host, error) : error;
}
